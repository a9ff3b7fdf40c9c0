// WeightReader: tensors of a checkpoint as the layers want them. Every tensor is checked for its
// shape and for NaN and infinity, converted to float, and its pages are given back at once, so
// loading needs no more memory than the packed weights and the largest single tensor's pages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "puente/matrix.h"

#include "formats/safetensors.h"
#include "tensor/layer_norm.h"
#include "tensor/linear.h"

namespace puente {

class WeightReader {
 public:
  /// Layers are packed in `precision`.
  WeightReader(const std::filesystem::path& folder, Precision precision)
      : checkpoint_(folder), precision_(precision) {}

  Precision precision() const { return precision_; }
  const std::filesystem::path& folder() const { return checkpoint_.folder(); }
  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Names may stand in the file with `prefix` before them: a model that was saved as part of a
  /// larger one. Taken where `probe` does.
  void allow_prefix(const std::string& prefix, const std::string& probe);

  /// What the checkpoint calls a tensor: with the prefix, and of an old norm NAME.gamma for
  /// NAME.weight and NAME.beta for NAME.bias, as TensorFlow's checkpoints had them.
  std::string name_in_file(const std::string& name) const;

  /// The tensor's elements, as many as `values` has.
  void read(const std::string& name, std::span<const int64_t> shape, std::span<float> values);
  AlignedVector<float> vector(const std::string& name, int64_t size);
  /// All sizes before the last count as rows.
  Matrix matrix(const std::string& name, std::span<const int64_t> shape);
  Matrix matrix(const std::string& name, int64_t rows, int64_t cols);
  /// NAME.weight and NAME.bias.
  LayerNorm layer_norm(const std::string& name, int64_t size, float epsilon);

  struct Part {
    int64_t first_output = 0;
    int64_t first_input_row = 0;  // of the tensor
    int64_t input_rows = 0;       // 0: all
    bool bias = true;
    float scale = 1;                          // multiplies weight and bias
    AlignedVector<float> output_scales = {};  // so does one number per output; empty: none
    std::string weight_suffix = ".weight";
    std::string bias_suffix = ".bias";
  };
  /// Fills a part of `linear` from NAME.weight, whose shape is `shape` (all sizes after the first
  /// count as inputs), and NAME.bias.
  void fill(PackedLinear& linear, const std::string& name, std::span<const int64_t> shape,
            const Part& part);
  /// The whole layer. No memory is taken before the file is seen to hold a tensor of that shape.
  PackedLinear linear(const std::string& name, std::span<const int64_t> shape, const Part& part);
  /// NAME.weight [outputs, inputs] and NAME.bias, in fp32: a head, which one row per input passes.
  PackedLinear head(const std::string& name, int64_t inputs, int64_t outputs, bool bias = true);

 private:
  const TensorInfo* find(const std::string& name) const {
    return checkpoint_.find(name_in_file(name));
  }
  const TensorInfo& tensor(const std::string& name, std::span<const int64_t> shape) const {
    return checkpoint_.tensor(name_in_file(name), shape);
  }
  PackedLinear linear(const std::string& name, std::span<const int64_t> shape, const Part& part,
                      Precision precision);

  Checkpoint checkpoint_;
  Precision precision_;
  std::string prefix_;
};

}  // namespace puente
