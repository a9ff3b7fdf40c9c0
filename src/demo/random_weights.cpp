#include "demo/random_weights.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "demo/narrow.h"
#include "demo/outliers.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

constexpr uint64_t kOutlierStreams = uint64_t{1} << 32;  // far above the tensors' own streams
constexpr int64_t kPiece = int64_t{1} << 16;

/// What makes some rows of a tensor larger.
class Outliers {
 public:
  Outliers() = default;  // none
  Outliers(const RandomTensor& tensor, uint64_t seed) {
    const int64_t rows = tensor.shape.front();
    row_size_ = *element_count(tensor.shape) / rows;
    Rng rng(seed, kOutlierStreams + static_cast<uint64_t>(tensor.outlier_group));
    const auto wanted = static_cast<size_t>(std::max<int64_t>(1, rows / kChannelsPerOutlier));
    while (rows_.size() < wanted) {
      rows_.insert(static_cast<int64_t>(rng.below(static_cast<uint64_t>(rows))));
    }
  }

  /// `values` are the tensor's elements from `first` on.
  void enlarge(int64_t first, std::span<float> values) const {
    const int64_t end = first + static_cast<int64_t>(values.size());
    for (const int64_t row : rows_) {
      const int64_t begin = std::max(first, row * row_size_);
      for (int64_t i = begin; i < std::min(end, (row + 1) * row_size_); ++i) {
        values[static_cast<size_t>(i - first)] *= kOutlier;
      }
    }
  }

 private:
  std::set<int64_t> rows_;
  int64_t row_size_ = 0;
};

void write_tensor(SafetensorsWriter& writer, const RandomTensor& tensor, uint64_t stream,
                  const RandomEncoderOptions& options) {
  const bool noisy = tensor.bias_like && !tensor.shape.empty();
  const double deviation =
      noisy ? std::max(tensor.deviation, options.bias_noise) : tensor.deviation;
  const bool enlarged = options.outliers && tensor.outlier_group >= 0;
  const Outliers outliers = enlarged ? Outliers(tensor, options.seed) : Outliers();
  const int64_t size = *element_count(tensor.shape);
  std::vector<float> values(static_cast<size_t>(std::min(kPiece, size)));
  Rng rng(options.seed, stream);
  for (int64_t done = 0; done < size;) {
    const std::span<float> piece(values.data(), static_cast<size_t>(std::min(kPiece, size - done)));
    for (float& v : piece) {
      v = static_cast<float>(tensor.mean + (deviation > 0 ? deviation * rng.normal() : 0));
    }
    outliers.enlarge(done, piece);
    write_rounded(writer, piece, options.dtype);
    done += static_cast<int64_t>(piece.size());
  }
}

void write_indices(SafetensorsWriter& writer, const RandomTensor& tensor) {
  std::vector<int64_t> values(static_cast<size_t>(*element_count(tensor.shape)));
  std::iota(values.begin(), values.end(), 0);
  writer.write(std::as_bytes(std::span<const int64_t>(values)));
}

}  // namespace

void TensorList::weight(std::string name, std::vector<int64_t> shape, double deviation) {
  tensors_.push_back({.name = std::move(name), .shape = std::move(shape), .deviation = deviation});
}

void TensorList::constant(std::string name, std::vector<int64_t> shape, double value) {
  tensors_.push_back(
      {.name = std::move(name), .shape = std::move(shape), .mean = value, .bias_like = true});
}

void TensorList::linear(std::string weight_name, std::vector<int64_t> shape, double deviation,
                        std::string bias_name) {
  const int64_t group = next();
  const int64_t channels = shape.front();
  weight(std::move(weight_name), std::move(shape), deviation);
  tensors_.back().outlier_group = group;
  if (bias_name.empty()) return;
  constant(std::move(bias_name), {channels}, 0);
  tensors_.back().outlier_group = group;
}

void TensorList::linear(const std::string& name, int64_t in, int64_t out, double deviation) {
  linear(name + ".weight", {out, in}, deviation, name + ".bias");
}

void TensorList::patches(const std::string& name, int64_t channels, int64_t patch, double deviation,
                         bool bias) {
  linear(name + ".weight", {channels, 3, patch, patch}, deviation, bias ? name + ".bias" : "");
}

void TensorList::layer_norm(const std::string& name, int64_t size, const char* weight,
                            const char* bias) {
  const int64_t group = next();
  constant(name + weight, {size}, 1);
  tensors_.back().outlier_group = group;
  constant(name + bias, {size}, 0);
}

void TensorList::indices(std::string name, std::vector<int64_t> shape) {
  tensors_.push_back({.name = std::move(name), .shape = std::move(shape), .indices = true});
}

void write_rounded(SafetensorsWriter& writer, std::span<const float> values, DType dtype) {
  if (dtype == DType::kF32) return writer.write(values);
  std::vector<uint16_t> narrow(values.size());
  std::ranges::transform(values, narrow.begin(),
                         dtype == DType::kF16 ? float_to_half : float_to_bfloat16);
  writer.write(std::as_bytes(std::span<const uint16_t>(narrow)));
}

void write_random_weights(const std::filesystem::path& path,
                          const std::vector<RandomTensor>& tensors,
                          const RandomEncoderOptions& options) {
  PUENTE_ASSERT(options.dtype == DType::kF32 || options.dtype == DType::kF16 ||
                options.dtype == DType::kBF16);
  std::vector<TensorSpec> specs;
  for (const RandomTensor& tensor : tensors) {
    specs.push_back({tensor.name, tensor.indices ? DType::kI64 : options.dtype, tensor.shape});
  }
  SafetensorsWriter writer(path, specs, {{"format", "pt"}});
  for (size_t i = 0; i < tensors.size(); ++i) {
    check_interrupt();
    if (tensors[i].indices) {
      write_indices(writer, tensors[i]);
    } else {
      write_tensor(writer, tensors[i], i, options);
    }
  }
  writer.commit();
}

}  // namespace puente
