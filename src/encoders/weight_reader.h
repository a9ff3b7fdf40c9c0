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
  explicit WeightReader(const std::filesystem::path& folder) : checkpoint_(folder) {}

  AlignedVector<float> vector(const std::string& name, int64_t size);
  Matrix matrix(const std::string& name, int64_t rows, int64_t cols);
  /// NAME.weight and NAME.bias
  LayerNorm layer_norm(const std::string& name, int64_t size, float epsilon);

  struct Part {
    int64_t first_output = 0;
    bool bias = true;
    float scale = 1;  // multiplies weight and bias
  };
  /// Fills a part of `linear` from NAME.weight, whose shape is `shape` (all sizes after the first
  /// count as inputs), and NAME.bias.
  void fill(PackedLinear& linear, const std::string& name, std::span<const int64_t> shape,
            Part part);
  /// The whole layer. No memory is taken before the file is seen to hold a tensor of that shape.
  PackedLinear linear(const std::string& name, std::span<const int64_t> shape, Part part);
  /// NAME.weight [outputs, inputs] and NAME.bias
  PackedLinear linear(const std::string& name, int64_t inputs, int64_t outputs);

 private:
  Checkpoint checkpoint_;
};

}  // namespace puente
