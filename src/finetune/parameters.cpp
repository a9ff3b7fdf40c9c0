#include "finetune/parameters.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace puente {
namespace {

constexpr int64_t kLine = 16;  // floats in a cache line

}  // namespace

int64_t ParameterLayout::Tensor::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

TensorPlace ParameterLayout::add(const std::vector<TensorName>& names) {
  TensorPlace place{.offset = size_, .rows = 0, .cols = 0};
  const bool is_vector = names.front().shape.size() == 1;
  for (const TensorName& name : names) {
    PUENTE_ASSERT(name.shape == names.front().shape);
    tensors_.push_back({name, size_});
    size_ += tensors_.back().size();
  }
  const auto count = static_cast<int64_t>(names.size());
  place.rows = is_vector ? 1 : names.front().shape.front() * count;
  place.cols = (size_ - place.offset) / place.rows;
  size_ = (size_ + kLine - 1) / kLine * kLine;
  return place;
}

int64_t ParameterLayout::parameters() const {
  int64_t sum = 0;
  for (const Tensor& tensor : tensors_) sum += tensor.size();
  return sum;
}

const ParameterLayout::Tensor* ParameterLayout::find(const std::string& name) const {
  const auto found =
      std::ranges::find_if(tensors_, [&](const Tensor& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

Parameters::Parameters(ParameterLayout layout, int64_t first_trained)
    : layout_(std::move(layout)),
      first_trained_(first_trained),
      values_(static_cast<size_t>(layout_.size())),
      gradient_(static_cast<size_t>(layout_.size() - first_trained)),
      mean_(static_cast<size_t>(layout_.size() - first_trained)),
      square_(static_cast<size_t>(layout_.size() - first_trained)) {
  PUENTE_ASSERT(first_trained >= 0 && first_trained <= layout_.size());
}

void Parameters::read(WeightReader& reader) {
  for (const ParameterLayout::Tensor& tensor : layout_.tensors()) {
    reader.read(tensor.name, tensor.shape,
                {values_.data() + tensor.offset, static_cast<size_t>(tensor.size())});
  }
}

MatrixView<const float> Parameters::value(const TensorPlace& place) const {
  return {values_.data() + place.offset, place.rows, place.cols, place.cols};
}

MatrixView<float> Parameters::gradient(const TensorPlace& place) {
  PUENTE_ASSERT(is_trained(place));
  return {gradient_.data() + (place.offset - first_trained_), place.rows, place.cols, place.cols};
}

std::span<float> Parameters::gradient_vector(const TensorPlace& place) {
  return place.exists() ? gradient(place).row_span(0) : std::span<float>();
}

int64_t Parameters::trained_parameters() const {
  int64_t sum = 0;
  for (const ParameterLayout::Tensor& tensor : layout_.tensors()) {
    if (tensor.offset >= first_trained_) sum += tensor.size();
  }
  return sum;
}

void Parameters::clear_gradient() { std::ranges::fill(gradient(), 0.0f); }

}  // namespace puente
