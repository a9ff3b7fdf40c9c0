// FloatRows: the left operand of a product in fp32, as the multiplying loop reads it. The depth is
// cut into blocks of at most kLargestBlock columns, so that the rows of one block stay in the
// second-level cache while all of B passes by. The blocks lie one after another, each [rows][its
// columns]. A few rows at a time (kMostRows): who has more works through them in chunks.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "tensor/layer_norm.h"

namespace puente {

/// Rows that an operand holds at most: 14 and 6, the heights of the kernels' tiles, go well into
/// it.
inline constexpr int64_t kMostRows = 8 * 14;

class FloatRows {
 public:
  int64_t rows() const { return rows_; }
  int64_t depth() const { return depth_; }

  /// The rows of x, copied.
  void set(MatrixView<const float> x);
  /// Their layer norm.
  void set(MatrixView<const float> x, const LayerNorm& norm);
  /// Room for [rows, depth], to be written in place.
  void reshape(int64_t rows, int64_t depth);

  int64_t blocks() const { return (depth_ + block_ - 1) / block_; }
  int64_t first_column(int64_t b) const { return b * block_; }
  int64_t columns(int64_t b) const { return b + 1 < blocks() ? block_ : depth_ - first_column(b); }
  /// [rows][columns(b)]
  float* block(int64_t b) { return values_.data() + first_column(b) * rows_; }
  const float* block(int64_t b) const { return values_.data() + first_column(b) * rows_; }
  int64_t block_of(int64_t column) const { return column / block_; }

 private:
  AlignedVector<float> values_;
  AlignedVector<float> row_;  // one whole row, where a row has several blocks
  int64_t rows_ = 0;
  int64_t depth_ = 0;
  int64_t block_ =
      1;  // columns of all blocks but the last; a multiple of 32 where there are several
};

}  // namespace puente
