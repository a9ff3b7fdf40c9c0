#include "fusion/weights.h"

#include <algorithm>

#include "base/error.h"
#include "base/rng.h"

namespace puente {

std::vector<BranchShape> branches_of(const FusionShape& shape) {
  const int64_t inputs = shape.image_dim + shape.text_dim;
  if (shape.image_dim < 0 || shape.text_dim < 0 || inputs == 0) {
    fail("a classifier needs image or text vectors; got {} and {} numbers", shape.image_dim,
         shape.text_dim);
  }
  if (shape.classes < 2) fail("a classifier needs at least two classes, got {}", shape.classes);
  PUENTE_ASSERT(shape.labels == 1 || (shape.labels > 1 && shape.classes == 2));
  if (shape.kind == FusionKind::early) return {{"hidden", 0, inputs, shape.hidden()}};
  std::vector<BranchShape> branches;
  if (shape.image_dim > 0) branches.push_back({"image", 0, shape.image_dim, 64});
  if (shape.text_dim > 0) branches.push_back({"text", shape.image_dim, shape.text_dim, 64});
  return branches;
}

namespace {

// T may be const; Weights is BasicFusionWeights of it, const likewise.
template <class T, class Weights>
std::vector<NamedTensor<T>> list_tensors(Weights& weights) {
  std::vector<NamedTensor<T>> list;
  const auto matrix = [&](std::string name, auto& m) {
    list.push_back(
        {std::move(name), m.rows(), m.cols(), true, {m.data(), static_cast<size_t>(m.size())}});
  };
  const auto vector = [&](std::string name, auto& v, bool trained = true) {
    list.push_back(
        {std::move(name), static_cast<int64_t>(v.size()), 0, trained, {v.data(), v.size()}});
  };
  const std::vector<BranchShape> shapes = branches_of(weights.shape);
  PUENTE_ASSERT(shapes.size() == weights.branches.size());
  for (size_t b = 0; b < shapes.size(); ++b) {
    auto& branch = weights.branches[b];
    const std::string& name = shapes[b].name;
    matrix(name + ".0.weight", branch.linear.weight);
    vector(name + ".0.bias", branch.linear.bias);
    vector(name + ".3.weight", branch.norm.weight);
    vector(name + ".3.bias", branch.norm.bias);
    vector(name + ".3.running_mean", branch.running.mean, false);
    vector(name + ".3.running_var", branch.running.variance, false);
  }
  matrix("output.weight", weights.output.weight);
  vector("output.bias", weights.output.bias);
  return list;
}

}  // namespace

template <class T>
std::vector<NamedTensor<T>> tensors_of(BasicFusionWeights<T>& weights) {
  return list_tensors<T>(weights);
}

template <class T>
std::vector<NamedTensor<const T>> tensors_of(const BasicFusionWeights<T>& weights) {
  return list_tensors<const T>(weights);
}

template <class T>
BasicFusionWeights<T> blank_fusion_weights(const FusionShape& shape) {
  BasicFusionWeights<T> weights;
  weights.shape = shape;
  for (const BranchShape& branch : branches_of(shape)) {
    BranchWeights<T> blank{LinearWeights<T>(branch.inputs, branch.hidden),
                           BatchNormWeights<T>(branch.hidden), BatchNormRunning<T>(branch.hidden)};
    blank.norm.weight.assign(blank.norm.weight.size(), T(1));
    weights.branches.push_back(std::move(blank));
  }
  weights.output = LinearWeights<T>(shape.hidden(), shape.outputs());
  return weights;
}

template <class T>
BasicFusionWeights<T> initial_fusion_weights(const FusionShape& shape, uint64_t seed) {
  BasicFusionWeights<T> weights = blank_fusion_weights<T>(shape);
  Rng rng(seed, kWeightStream);
  for (BranchWeights<T>& branch : weights.branches) initialise(branch.linear, rng);
  initialise(weights.output, rng);
  return weights;
}

FusionWeights weights_of_label(const FusionWeights& weights, int64_t label) {
  PUENTE_ASSERT(weights.shape.classes == 2 && label >= 0 && label < weights.shape.labels);
  FusionWeights own = weights;
  own.shape.labels = 1;
  own.output = LinearWeights<float>(weights.shape.hidden(), 1);
  std::ranges::copy(weights.output.weight.row_span(label), own.output.weight.row(0));
  own.output.bias[0] = weights.output.bias[static_cast<size_t>(label)];
  return own;
}

template std::vector<NamedTensor<float>> tensors_of(BasicFusionWeights<float>&);
template std::vector<NamedTensor<double>> tensors_of(BasicFusionWeights<double>&);
template std::vector<NamedTensor<const float>> tensors_of(const BasicFusionWeights<float>&);
template std::vector<NamedTensor<const double>> tensors_of(const BasicFusionWeights<double>&);
template BasicFusionWeights<float> blank_fusion_weights(const FusionShape&);
template BasicFusionWeights<double> blank_fusion_weights(const FusionShape&);
template BasicFusionWeights<float> initial_fusion_weights(const FusionShape&, uint64_t);
template BasicFusionWeights<double> initial_fusion_weights(const FusionShape&, uint64_t);

}  // namespace puente
