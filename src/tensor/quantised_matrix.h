// QuantisedMatrix: the right operand of y = x B in 8 bits, for frozen weights. Column n of B is
// scale[n] times whole numbers from -127 to 127 (symmetric, by the largest of the column).
//
// The numbers lie in panels of 16 columns; inside a panel four rows of k are together, a column's
// four bytes side by side, one cache line:
//   values[(n / 16) * K' * 16 + (k / 4) * 64 + (n % 16) * 4 + k % 4] = B[k, n] / scale[n]
// with K' the depth rounded up to a multiple of 64. What is beyond K and N is zero. All kernels
// read this one layout: 64 products at once or four where the CPU has them (AMX, VNNI), else two.
//
// A number of a row that is far outside the rest (quantised_rows.h) makes more of its weights'
// rounding than all the others of theirs. Such numbers are few and multiplied as floats, and they
// see weights of 10 bits: which quarter of a step B[k, n] / scale[n] is in lies apart.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "base/zeroed_array.h"
#include "tensor/quantised_rows.h"

namespace puente {

class QuantisedMatrix {
 public:
  /// The sums of narrow quads (quantised_rows.h) have 16 bits for four products: of k, k + 1, k + 4
  /// and k + 5 where k % 8 is 0 or 2. So the positive weights of these four sum to kMostOfFew at
  /// most, and so do the negative ones: the column's scale sees to it. That makes the steps of
  /// normally distributed weights 1 % larger, of evenly distributed ones up to twice as large.
  static constexpr int64_t kNarrowQuads = 2;
  static constexpr int32_t kMostOfFew = 255;  // 128 * 255 < 2^15

  QuantisedMatrix() = default;
  /// All zeros, for products with rows in this form, or in pairs.
  QuantisedMatrix(int64_t depth, int64_t columns, IntegerForm form = best_integer_form());

  int64_t depth() const { return depth_; }
  int64_t padded_depth() const { return (depth_ + 63) / 64 * 64; }
  int64_t columns() const { return columns_; }
  IntegerForm form() const { return form_; }
  int64_t panels() const { return (columns_ + 15) / 16; }
  int64_t bytes() const;
  /// [K' / 4][16][4]
  const int8_t* panel(int64_t p) const { return values_.data() + p * padded_depth() * 16; }
  /// [panels * 16]; 0 after column N.
  const float* scales() const { return scales_.data(); }
  /// The sum of each column's whole numbers, [panels * 16].
  const int32_t* sums() const { return sums_.data(); }
  int8_t value(int64_t k, int64_t n) const;
  /// Two bits for each column of panel p, from the low end on: where from -2 to 1 the quarter of
  /// row k's number begins, counted from value(k, n).
  uint32_t quarters(int64_t p, int64_t k) const {
    return quarters_.data()[static_cast<size_t>(p * padded_depth() + k)];
  }
  /// The middle of that quarter: B[k, n] / scale[n] to an eighth.
  float fine_value(int64_t k, int64_t n) const;

  /// Columns first .. first + rows.rows: row i of `rows` [n, K] becomes column first + i.
  void set_columns(int64_t first, MatrixView<const float> rows);

 private:
  IntegerForm form_ = IntegerForm::pairs;
  int64_t depth_ = 0;
  int64_t columns_ = 0;
  ZeroedArray<int8_t> values_;
  ZeroedArray<uint32_t> quarters_;  // [panels][K']
  AlignedVector<float> scales_;
  AlignedVector<int32_t> sums_;
};

}  // namespace puente
