// Seeded random weights: which tensors a model has, how transformers would draw each before
// training, and the file that they make. Which models there are is the business of
// random_encoder.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "formats/ggml_type.h"
#include "formats/tensor_info.h"

namespace puente {

class SafetensorsWriter;

struct RandomTensor {
  std::string name;
  std::vector<int64_t> shape;
  double mean = 0;
  double deviation = 0;
  bool bias_like = false;  // a bias or a norm's parameter: constant before training
  bool indices = false;    // I64 numbers 0, 1, 2 ..., as old checkpoints hold position_ids
  /// Rows of equal group grow together when outliers are asked for; -1: none of this tensor do.
  int64_t outlier_group = -1;
};

/// The tensors of one model in the order in which they are drawn and written: append only, or
/// equal seeds no longer give equal weights.
class TensorList {
 public:
  void weight(std::string name, std::vector<int64_t> shape, double deviation);
  /// Noise is added to it as to a bias.
  void constant(std::string name, std::vector<int64_t> shape, double value);
  /// NAME.weight [out, in] and NAME.bias [out].
  void linear(const std::string& name, int64_t in, int64_t out, double deviation);
  /// The same under names of any form; `shape` begins with the output channels.
  void linear(std::string weight_name, std::vector<int64_t> shape, double deviation,
              std::string bias_name);
  /// A convolution that cuts RGB patches: NAME.weight [channels, 3, patch, patch] and, if wanted,
  /// NAME.bias.
  void patches(const std::string& name, int64_t channels, int64_t patch, double deviation,
               bool bias);
  void layer_norm(const std::string& name, int64_t size, const char* weight = ".weight",
                  const char* bias = ".bias");
  void indices(std::string name, std::vector<int64_t> shape);

  std::vector<RandomTensor> take() { return std::move(tensors_); }

 private:
  int64_t next() const { return static_cast<int64_t>(tensors_.size()); }

  std::vector<RandomTensor> tensors_;
};

struct RandomEncoderOptions {
  uint64_t seed = 1;
  /// The text encoder's vocabulary; each architecture says what it takes and what stands in for it.
  std::filesystem::path vocabulary = {};
  /// transformers begins with biases 0 and norm weights 1, which would hide a mix-up of them.
  /// Normal noise of this deviation is added to both.
  double bias_noise = 0;
  /// Makes 0.1 % of the output channels (at least one) of every linear layer and of every
  /// LayerNorm's weights 50 times larger, as trained networks have them.
  bool outliers = false;
  /// Names, extra tensors and config files as the first checkpoints of the kind have them.
  bool quirks = false;
  DType dtype = DType::kF32;  // or kF16, kBF16
  /// Of a GGUF: kF32, kF16, kBF16, kQ8_0 or kQ4_0.
  GgmlType gguf_type = GgmlType::kQ8_0;
};

/// Values are drawn per tensor from the seed and its place in the list, in float32, so that equal
/// seeds give equal files, and the other dtypes their rounding.
void write_random_weights(const std::filesystem::path& path,
                          const std::vector<RandomTensor>& tensors,
                          const RandomEncoderOptions& options);

/// Values as `dtype` (kF32, kF16, kBF16) holds them.
void write_rounded(SafetensorsWriter& writer, std::span<const float> values, DType dtype);

}  // namespace puente
