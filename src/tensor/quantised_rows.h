// QuantisedRows: the left operand of a product with a QuantisedMatrix. Every row is quantised by
// itself, as it comes, so a row's result does not depend on the others. In one of four forms, by
// what the CPU multiplies fast:
//
//   tiles (AMX)          8 bits, 0 .. 255: x = scale * (q - zero), the row's range from least to
//                        largest.
//   quads (VNNI)         the same numbers.
//   narrow_quads (AVX2)  the same in 7 bits, 0 .. 127 (or 128, by rounding): that CPU adds up
//                        products of bytes in 16 bits, which have no room for more.
//   pairs (else)         12 bits, -2047 .. 2047: x = scale * q, as 16-bit numbers.
//
// A few numbers far outside the rest would leave the rest too few steps (trained networks have such
// channels): up to kMostOutliers of them are kept as floats.
//
// A few rows at a time (kMostRows), like FloatRows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "tensor/float_rows.h"
#include "tensor/layer_norm.h"

namespace puente {

enum class IntegerForm { tiles, quads, narrow_quads, pairs };

/// What this CPU multiplies fastest.
IntegerForm best_integer_form();

/// 32-bit sums of products with weights from -127 to 127 cannot overflow up to this depth: in quads
/// by their size; pairs beyond 8,322 give up some of their bits.
int64_t largest_integer_depth();

class QuantisedRows {
 public:
  static constexpr int64_t kMostOutliers = 16;

  struct Outlier {
    int64_t column;
    float value;
  };

  /// The rows of x, or their layer norm.
  void set(MatrixView<const float> x, IntegerForm form = best_integer_form());
  void set(MatrixView<const float> x, const LayerNorm& norm,
           IntegerForm form = best_integer_form());

  IntegerForm form() const { return form_; }
  int64_t rows() const { return rows_; }
  int64_t depth() const { return depth_; }
  int64_t padded_depth() const { return (depth_ + 63) / 64 * 64; }
  /// [rows][K'], in order of k.
  const uint8_t* quads() const { return quads_.data(); }
  /// [rows][K'], the middle two of every four exchanged: k = 0, 2, 1, 3, 4, 6, 5, 7, ...
  const int16_t* pairs() const { return pairs_.data(); }
  const float* scales() const { return scales_.data(); }
  const int32_t* zeros() const { return zeros_.data(); }
  std::span<const Outlier> outliers(int64_t row) const {
    const auto r = static_cast<size_t>(row);
    return {outliers_.data() + outlier_ends_[r], outliers_.data() + outlier_ends_[r + 1]};
  }
  /// What a row's numbers lie between; 0 is always in it.
  struct Range {
    float least = 0;
    float largest = 0;
    float squares = 0;  // their sum
  };

  /// What row r, column k stands for, outliers included: for tests.
  float value(int64_t row, int64_t k) const;

 private:
  void begin(int64_t rows, int64_t depth, IntegerForm form);
  void add(int64_t row, const float* x);
  const float* padded(const float* x);
  Range take_outliers(float* x, Range range);

  IntegerForm form_ = IntegerForm::pairs;
  int64_t rows_ = 0;
  int64_t depth_ = 0;
  AlignedVector<uint8_t> quads_;
  AlignedVector<int16_t> pairs_;
  std::vector<float> scales_;
  std::vector<int32_t> zeros_;
  std::vector<Outlier> outliers_;
  std::vector<size_t> outlier_ends_;  // [rows + 1]
  AlignedVector<float> row_;          // [K']
};

}  // namespace puente
