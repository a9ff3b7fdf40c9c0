// PackedLinear: a frozen Linear layer, y = x W^T + b, whose weights were packed once. Read-only
// afterwards, so all workers share it.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "tensor/multiply.h"
#include "tensor/packed_matrix.h"

namespace puente {

class PackedLinear {
 public:
  PackedLinear() = default;
  /// Weights and bias all zero.
  PackedLinear(int64_t inputs, int64_t outputs);

  int64_t inputs() const { return weight_.depth(); }
  int64_t outputs() const { return weight_.columns(); }
  int64_t bytes() const;

  /// `rows` [n, inputs] are rows first .. first + n of W [outputs, inputs].
  void set_weight(int64_t first, MatrixView<const float> rows) { weight_.set_columns(first, rows); }
  void set_bias(int64_t first, std::span<const float> bias);

  /// x [M, inputs] -> y [M, outputs]
  void forward(MatrixView<const float> x, Activation activation, MatrixView<float> y,
               MultiplyScratch& scratch) const;
  /// y = x W^T + b + residual; residual [M, outputs] must not be y itself.
  void forward_add(MatrixView<const float> x, MatrixView<const float> residual, MatrixView<float> y,
                   MultiplyScratch& scratch) const;

 private:
  PackedMatrix weight_;
  AlignedVector<float> bias_;  // [panels * 16]
};

}  // namespace puente
