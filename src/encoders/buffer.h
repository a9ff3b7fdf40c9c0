// Buffer: memory for intermediate matrices that is kept from one batch to the next and only grows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "puente/matrix.h"

namespace puente {

class Buffer {
 public:
  /// [rows, cols] of unspecified numbers. Invalidates what was given before.
  MatrixView<float> view(int64_t rows, int64_t cols) {
    const auto size = static_cast<size_t>(rows * cols);
    if (values_.size() < size) {
      values_.clear();  // nothing worth copying
      values_.resize(size);
    }
    return {values_.data(), rows, cols, cols};
  }

 private:
  AlignedVector<float> values_;
};

}  // namespace puente
