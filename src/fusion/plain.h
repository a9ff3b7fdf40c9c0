// PlainFusion: the training of fusion/trainer.h as one obvious call per layer. The reference that
// the fast trainer is tested against; not for use, it is slow.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "fusion/batches.h"
#include "fusion/trainer.h"
#include "fusion/weights.h"
#include "nn/adamw.h"
#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/relu.h"

namespace puente {

template <class T>
class PlainFusion {
 public:
  PlainFusion(const BasicFusionWeights<T>& weights, const FusionOptions& options,
              const FusionData& data, std::span<const double> class_weights)
      : options_(options),
        data_(data),
        branches_(branches_of(weights.shape)),
        criterion_(criterion_of<T>(weights.shape, class_weights)),
        weights_(weights),
        mean_(zeros(weights.shape)),
        square_(zeros(weights.shape)) {}

  double train_epoch_in_order(std::span<const int32_t> rows) {
    const std::vector<int64_t> bounds =
        batch_bounds(static_cast<int64_t>(rows.size()), options_.batch);
    double sum = 0;
    for (size_t b = 0; b + 1 < bounds.size(); ++b) {
      sum += train_batch(rows.subspan(bounds[b], bounds[b + 1] - bounds[b]));
    }
    return sum / static_cast<double>(bounds.size() - 1);
  }

  /// Evaluation mode: [rows.size(), outputs].
  BasicMatrix<T> logits(std::span<const int32_t> rows) const {
    BasicMatrix<T> joined(static_cast<int64_t>(rows.size()), weights_.shape.hidden());
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      BasicMatrix<T> z, h, y;
      Linear<T>::forward(weights_.branches[b].linear, gather(rows, branches_[b]), z);
      Relu<T>::forward(z, h);
      BatchNorm1d<T>::evaluate(weights_.branches[b].norm, weights_.branches[b].running, h, y);
      paste(y, column, joined);
      column += branches_[b].hidden;
    }
    BasicMatrix<T> out;
    Linear<T>::forward(weights_.output, joined, out);
    return out;
  }

  const BasicFusionWeights<T>& weights() const { return weights_; }

 private:
  struct Activations {
    BasicMatrix<T> x, relu, dropped, norm;
    typename BatchNorm1d<T>::Saved saved;
  };

  double train_batch(std::span<const int32_t> rows) {
    const DropoutMask mask{options_.dropout, options_.seed, static_cast<uint64_t>(step_)};
    BasicFusionWeights<T> gradient = zeros(weights_.shape);
    std::vector<Activations> kept(branches_.size());
    BasicMatrix<T> joined(static_cast<int64_t>(rows.size()), weights_.shape.hidden());
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      Activations& a = kept[b];
      BranchWeights<T>& branch = weights_.branches[b];
      BasicMatrix<T> z;
      a.x = gather(rows, branches_[b]);
      Linear<T>::forward(branch.linear, a.x, z);
      Relu<T>::forward(z, a.relu);
      Dropout<T>::apply(mask, column, a.relu, a.dropped);
      BatchNorm1d<T>::forward(branch.norm, branch.running, a.dropped, a.norm, a.saved);
      paste(a.norm, column, joined);
      column += branches_[b].hidden;
    }
    BasicMatrix<T> logits, dlogits, djoined;
    Linear<T>::forward(weights_.output, joined, logits);
    const int64_t labels = weights_.shape.labels;
    std::vector<int32_t> label;
    for (const int32_t row : rows) {
      for (int64_t l = 0; l < labels; ++l) label.push_back(data_.label[row * labels + l]);
    }
    const double loss = criterion_.batch(logits, label, dlogits);

    Linear<T>::backward(weights_.output, joined, dlogits, gradient.output, djoined);
    column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      const Activations& a = kept[b];
      const BranchWeights<T>& branch = weights_.branches[b];
      BasicMatrix<T> ddropped, drelu, dz, dx;
      const MatrixView<const T> dnorm{djoined.data() + column, djoined.rows(), branches_[b].hidden,
                                      djoined.cols()};
      BatchNorm1d<T>::backward(branch.norm, a.saved, dnorm, gradient.branches[b].norm, ddropped);
      Dropout<T>::apply(mask, column, ddropped, drelu);
      Relu<T>::backward(a.relu, drelu, dz);
      Linear<T>::backward(branch.linear, a.x, dz, gradient.branches[b].linear, dx);
      column += branches_[b].hidden;
    }

    const AdamWStep<T> step(adamw_of(options_), ++step_);
    const auto w = tensors_of(weights_), m = tensors_of(mean_), v = tensors_of(square_);
    const auto g = tensors_of(std::as_const(gradient));
    for (size_t t = 0; t < w.size(); ++t) {
      if (w[t].trained) step.update(w[t].values, g[t].values, m[t].values, v[t].values);
    }
    return loss;
  }

  BasicMatrix<T> gather(std::span<const int32_t> rows, const BranchShape& branch) const {
    BasicMatrix<T> x(static_cast<int64_t>(rows.size()), branch.inputs);
    for (int64_t r = 0; r < x.rows(); ++r) {
      for (int64_t i = 0; i < x.cols(); ++i) {
        x(r, i) = static_cast<T>(data_.features.row(rows[r])[branch.offset + i]);
      }
    }
    return x;
  }

  static void paste(const BasicMatrix<T>& from, int64_t column, BasicMatrix<T>& to) {
    for (int64_t r = 0; r < from.rows(); ++r) {
      for (int64_t c = 0; c < from.cols(); ++c) to(r, column + c) = from(r, c);
    }
  }

  static BasicFusionWeights<T> zeros(const FusionShape& shape) {
    BasicFusionWeights<T> weights = blank_fusion_weights<T>(shape);
    for (const NamedTensor<T>& tensor : tensors_of(weights)) {
      for (T& value : tensor.values) value = T(0);
    }
    return weights;
  }

  FusionOptions options_;
  FusionData data_;
  std::vector<BranchShape> branches_;
  Criterion<T> criterion_;
  BasicFusionWeights<T> weights_;
  BasicFusionWeights<T> mean_, square_;  // Adam's moments
  int64_t step_ = 0;
};

}  // namespace puente
