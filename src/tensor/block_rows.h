// BlockRows: the left operand of a product with a BlockMatrix. Every 32 numbers of a row are
// quantised by themselves, as they come: x = scale * q with whole q from -32767 to 32767, scale =
// the block's largest over that. 32 products with a byte stay below 2^27. Bytes
// would be multiplied twice as fast, but are too coarse for LLaMA and would have to go twice.
//
// 16 bits are more than a product with bytes needs, so sixteen blocks, a span, take one scale where
// that is fine enough for all of them: where their largest numbers differ by kMostUneven at most,
// which leaves 11 bits, with the sign, to the smallest. Products need not scale their blocks then.
//
// Blocks come before rows, so that a kernel finds the same block of neighbouring rows together. A
// few rows at a time (kMostRows), like FloatRows.
#pragma once

#include <cstdint>
#include <vector>

#include "puente/matrix.h"

#include "tensor/block_matrix.h"
#include "tensor/float_rows.h"
#include "tensor/layer_norm.h"

namespace puente {

/// Blocks of a span.
inline constexpr int64_t kSpanBlocks = 16;

class BlockRows {
 public:
  static constexpr int32_t kLargest = 32767;

  static constexpr float kMostUneven = 32;

  /// The rows of x, or their layer norm. A block that holds NaN or an infinity has a scale that is
  /// NaN, or its span has, and so are its row's results.
  void set(MatrixView<const float> x);
  void set(MatrixView<const float> x, const LayerNorm& norm);

  int64_t rows() const { return rows_; }
  int64_t depth() const { return depth_; }
  int64_t blocks() const { return (depth_ + kBlockDepth - 1) / kBlockDepth; }
  /// [blocks][rows][32], the middle two of every four exchanged: k = 0, 2, 1, 3, 4, 6, 5, 7, ...
  const int16_t* pairs(int64_t block, int64_t row) const {
    return pairs_.data() + (block * rows_ + row) * kBlockDepth;
  }
  /// In proportion to the span's: 1 where that is the block's. [blocks][rows]
  const float* scales(int64_t block, int64_t row) const {
    return scales_.data() + block * rows_ + row;
  }
  /// [spans][rows]
  const float* span_scales(int64_t span, int64_t row) const {
    return span_scales_.data() + span * rows_ + row;
  }
  /// Whether all blocks of a span have its scale, in every row.
  bool is_even(int64_t span) const { return even_[static_cast<size_t>(span)] != 0; }

  /// x[row, k] is about scale * quant.
  float scale(int64_t row, int64_t k) const;
  int32_t quant(int64_t row, int64_t k) const;

 private:
  void begin(int64_t rows, int64_t depth);
  void add(int64_t row, const float* x);

  int64_t rows_ = 0;
  int64_t depth_ = 0;
  AlignedVector<int16_t> pairs_;
  AlignedVector<float> scales_;
  AlignedVector<float> span_scales_;
  std::vector<uint8_t> even_;    // [spans]
  AlignedVector<float> row_;     // [K], a row's layer norm
  AlignedVector<float> padded_;  // [blocks * 32], a row where K is not that
};

}  // namespace puente
