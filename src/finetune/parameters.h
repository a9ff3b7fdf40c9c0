// Parameters: all numbers of a backbone in one array, tensor after tensor, each on a cache line of
// its own; beside it the gradient and Adam's moments of those that are trained, which are all from
// one tensor on. What is said of a model's numbers as a whole (the optimiser, the gradient's
// length, a checkpoint) is said of arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "base/error.h"
#include "base/zeroed_array.h"
#include "encoders/weight_reader.h"

namespace puente {

/// Where a tensor lies. A vector is one row.
struct TensorPlace {
  int64_t offset = 0;
  int64_t rows = 0;
  int64_t cols = 0;

  bool exists() const { return rows > 0; }
};

/// A tensor as the checkpoint has it.
struct TensorName {
  std::string name;
  std::vector<int64_t> shape;
};

class ParameterLayout {
 public:
  struct Tensor : TensorName {
    int64_t offset = 0;
    int64_t size() const;
  };

  /// The next place. Several tensors lie in it one below the other, all of the same shape; all
  /// sizes after the first are its columns, a vector is a row.
  TensorPlace add(const std::vector<TensorName>& names);

  std::span<const Tensor> tensors() const { return tensors_; }
  int64_t size() const { return size_; }  // numbers, with what fills up the cache lines
  int64_t parameters() const;             // without
  /// Of the tensor of that name; nullptr if there is none.
  const Tensor* find(const std::string& name) const;

 private:
  std::vector<Tensor> tensors_;
  int64_t size_ = 0;
};

class Parameters {
 public:
  /// All zero. Numbers from `first_trained` on are trained.
  Parameters(ParameterLayout layout, int64_t first_trained);

  const ParameterLayout& layout() const { return layout_; }
  /// From the checkpoint; UserError as WeightReader says.
  void read(WeightReader& reader);

  MatrixView<const float> value(const TensorPlace& place) const;
  std::span<const float> vector(const TensorPlace& place) const {
    PUENTE_ASSERT(place.rows == 1);
    return value(place).row_span(0);
  }
  std::span<const float> numbers(const ParameterLayout::Tensor& tensor) const {
    return {values_.data() + tensor.offset, static_cast<size_t>(tensor.size())};
  }
  /// For a trained tensor.
  MatrixView<float> gradient(const TensorPlace& place);
  std::span<float> gradient_vector(const TensorPlace& place);
  std::span<const float> gradient(const ParameterLayout::Tensor& tensor) const {
    return {gradient_.data() + (tensor.offset - first_trained_),
            static_cast<size_t>(tensor.size())};
  }
  bool is_trained(const ParameterLayout::Tensor& tensor) const {
    return tensor.offset >= first_trained_;
  }
  bool is_trained(const TensorPlace& place) const {
    return place.exists() && place.offset >= first_trained_;
  }

  /// The trained numbers, [n] each, n a multiple of 16.
  std::span<float> trained() { return tail(values_.data() + first_trained_); }
  std::span<float> gradient() { return tail(gradient_.data()); }
  std::span<float> mean() { return tail(mean_.data()); }      // Adam's, of the gradient
  std::span<float> square() { return tail(square_.data()); }  // Adam's, of its square
  std::span<const float> trained() const { return const_cast<Parameters*>(this)->trained(); }
  std::span<const float> mean() const { return const_cast<Parameters*>(this)->mean(); }
  std::span<const float> square() const { return const_cast<Parameters*>(this)->square(); }
  int64_t trained_parameters() const;
  void clear_gradient();

 private:
  std::span<float> tail(float* first) {
    return {first, static_cast<size_t>(layout_.size() - first_trained_)};
  }

  ParameterLayout layout_;
  int64_t first_trained_ = 0;
  ZeroedArray<float> values_;                    // [layout_.size()]
  ZeroedArray<float> gradient_, mean_, square_;  // [layout_.size() - first_trained_]
};

}  // namespace puente
