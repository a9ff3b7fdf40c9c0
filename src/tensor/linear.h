// PackedLinear: a frozen Linear layer, y = x W^T + b, whose weights were packed once, in floats or
// in 8 bits. Operand: rows made ready for it; several layers of one packing may use the same.
// Layers are read-only after loading, so all workers share them; an operand belongs to one worker.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "puente/matrix.h"

#include "tensor/block_matrix.h"
#include "tensor/block_rows.h"
#include "tensor/epilogue.h"
#include "tensor/float_rows.h"
#include "tensor/packed_matrix.h"
#include "tensor/packing.h"
#include "tensor/precision.h"
#include "tensor/quantised_matrix.h"
#include "tensor/quantised_rows.h"

namespace puente {

class PackedLinear;

/// At most kMostRows rows. Only int8 has rows of several forms.
class Operand {
 public:
  void set(MatrixView<const float> x, Packing packing, IntegerForm form = best_integer_form());
  /// The rows' layer norm.
  void set(MatrixView<const float> x, const LayerNorm& norm, Packing packing,
           IntegerForm form = best_integer_form());
  void set(MatrixView<const float> x, Precision precision, IntegerForm form = best_integer_form()) {
    set(x, packing_of(precision), form);
  }
  void set(MatrixView<const float> x, const LayerNorm& norm, Precision precision,
           IntegerForm form = best_integer_form()) {
    set(x, norm, packing_of(precision), form);
  }
  int64_t rows() const;

 private:
  friend class PackedLinear;
  Packing packing_ = Packing::fp32;
  IntegerForm form_ = IntegerForm::pairs;
  FloatRows floats_;
  QuantisedRows integers_;
  BlockRows blocks_;
};

class PackedLinear {
 public:
  PackedLinear() = default;
  /// Weights and bias all zero. UserError where int8 has no room for sums of so many inputs.
  PackedLinear(int64_t inputs, int64_t outputs, Packing packing);
  PackedLinear(int64_t inputs, int64_t outputs, Precision precision = Precision::fp32)
      : PackedLinear(inputs, outputs, packing_of(precision)) {}

  int64_t inputs() const;
  int64_t outputs() const;
  int64_t bytes() const;
  Packing packing() const { return static_cast<Packing>(weight_.index()); }
  Precision precision() const {
    return packing() == Packing::fp32 ? Precision::fp32 : Precision::int8;
  }

  /// `rows` [n, inputs] are rows first .. first + n of W [outputs, inputs].
  void set_weight(int64_t first, MatrixView<const float> rows);
  /// The same, from rows that are quantised already, as a Q8_0 tensor is: `quants` [n, inputs] and
  /// `scales` [n, inputs / 32]. They are kept as they are. For int8_blocks only.
  void set_quantised(int64_t first, MatrixView<const int8_t> quants,
                     MatrixView<const float> scales);
  void set_bias(int64_t first, std::span<const float> bias);

  /// x [M, inputs] -> y [M, outputs] = activation(x W^T + b); x was set in this layer's packing.
  void forward(const Operand& x, Activation activation, MatrixView<float> y) const;
  /// y = y + x W^T + b
  void forward_add(const Operand& x, MatrixView<float> y) const;
  /// The result as the operand of a layer of the same packing, in the form that x has. `floats`
  /// is a buffer.
  void forward(const Operand& x, Activation activation, Operand& y,
               AlignedVector<float>& floats) const;
  /// Any number of rows; `scratch` is a buffer.
  void forward(MatrixView<const float> x, Activation activation, MatrixView<float> y,
               Operand& scratch) const;

 private:
  void multiply_by(const Operand& x, const Epilogue& epilogue, MatrixView<float> y) const;

  std::variant<PackedMatrix, QuantisedMatrix, BlockMatrix> weight_;  // in the order of Packing
  AlignedVector<float> bias_;                                        // [panels * 16]
};

/// Calls body(first, count) for all rows in nearly equal chunks of at most kMostRows.
template <class Body>
void in_row_chunks(int64_t rows, Body&& body) {
  const int64_t chunks = (rows + kMostRows - 1) / kMostRows;
  for (int64_t i = 0, first = 0; i < chunks; ++i) {
    const int64_t count = (rows - first + chunks - i - 1) / (chunks - i);
    body(first, count);
    first += count;
  }
}

}  // namespace puente
