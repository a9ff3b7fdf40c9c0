// FusionWeights: a trained classifier as plain numbers. Everything that prediction needs, nothing
// that only training needs. Tensors carry the names that the same module has in PyTorch:
//   early:  hidden = Sequential(Linear, ReLU, Dropout, BatchNorm1d);  output = Linear
//           hidden.0.weight [128, in], hidden.0.bias, hidden.3.weight, hidden.3.bias,
//           hidden.3.running_mean, hidden.3.running_var, output.weight [outputs, 128], output.bias
//   late:   image and text = the same Sequential with 64, in the place of hidden (one for each
//           modality that is there), then output over the concatenation, image first
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "fusion/fusion.h"
#include "nn/batch_norm.h"
#include "nn/linear.h"

namespace puente {

/// One Linear -> ReLU -> Dropout -> BatchNorm, and the columns of the features that it reads.
struct BranchShape {
  std::string name;    // "hidden", "image" or "text"
  int64_t offset = 0;  // first feature column
  int64_t inputs = 0;
  int64_t hidden = 0;  // a multiple of 16
};

/// Early: one branch over everything. Late: one per modality that is there, image first.
/// UserError if the shape has no features or fewer than two classes.
std::vector<BranchShape> branches_of(const FusionShape& shape);

template <class T>
struct BranchWeights {
  LinearWeights<T> linear;   // [hidden, inputs]
  BatchNormWeights<T> norm;  // [hidden]
  BatchNormRunning<T> running;
  bool operator==(const BranchWeights&) const = default;
};

template <class T>
struct BasicFusionWeights {
  FusionShape shape;
  std::vector<BranchWeights<T>> branches;  // as branches_of(shape)
  LinearWeights<T> output;                 // [outputs, hidden]
  /// Of a learned shift, where the rows are aligned with one: it belongs to the alignment
  /// (Alignment::set_lambda), and is not in the file.
  std::optional<T> lambda = {};
  bool operator==(const BasicFusionWeights&) const = default;
};

using FusionWeights = BasicFusionWeights<float>;

/// One tensor of a BasicFusionWeights, by its PyTorch name. rows x cols, cols = 0 for a vector.
template <class T>
struct NamedTensor {
  std::string name;
  int64_t rows = 0;
  int64_t cols = 0;
  bool trained = true;  // false: running statistics
  std::span<T> values;
};

/// Every tensor in a fixed order, borrowed.
template <class T>
std::vector<NamedTensor<T>> tensors_of(BasicFusionWeights<T>& weights);
template <class T>
std::vector<NamedTensor<const T>> tensors_of(const BasicFusionWeights<T>& weights);

/// All of the right shape: zeros, and BatchNorm as it begins (weight 1, running variance 1).
template <class T>
BasicFusionWeights<T> blank_fusion_weights(const FusionShape& shape);

/// PyTorch's default initialisation, from the seed alone.
template <class T>
BasicFusionWeights<T> initial_fusion_weights(const FusionShape& shape, uint64_t seed);

/// The classifier of one of several labels alone: its probabilities are, to the last bit, that
/// label's.
FusionWeights weights_of_label(const FusionWeights& weights, int64_t label);

/// As safetensors, F32, under the names above; the shape is in the file's metadata.
void save_fusion_weights(const FusionWeights& weights, const std::filesystem::path& path);
/// UserError that names the file and what is wrong with it.
FusionWeights load_fusion_weights(const std::filesystem::path& path);

}  // namespace puente
