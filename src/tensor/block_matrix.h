// BlockMatrix: the right operand of y = x B in 8 bits with a scale for every 32 numbers along K,
// for frozen weights. This is the form in which GGUF files keep LLaMA's weights (Q8_0), and it is
// kept exactly: B[k, n] = scale * a whole number from -128 to 127.
//
// Columns lie in panels of 16, K in blocks of 32; a PanelBlock is where the two cross. K beyond its
// end and columns beyond N are zero. Panels go two by two, a block of the one beside the same block
// of the other, so that a kernel that multiplies two panels at a time reads all of B front to back:
//   [panels / 2][blocks][2], and a last panel without a partner [blocks].
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "base/zeroed_array.h"

namespace puente {

/// Numbers along K that have a scale in common.
inline constexpr int64_t kBlockDepth = 32;

/// 32 numbers of each of 16 columns.
struct alignas(64) PanelBlock {
  int8_t values[8][16][4];  // [k / 4][n][k % 4]: whole numbers
  float scales[16];
};

class BlockMatrix {
 public:
  BlockMatrix() = default;
  /// All zeros.
  BlockMatrix(int64_t depth, int64_t columns);

  int64_t depth() const { return depth_; }      // K
  int64_t columns() const { return columns_; }  // N
  int64_t blocks() const { return (depth_ + kBlockDepth - 1) / kBlockDepth; }
  int64_t panels() const { return (columns_ + 15) / 16; }
  int64_t bytes() const { return static_cast<int64_t>(blocks_.size() * sizeof(PanelBlock)); }
  /// Panels beside each other from this even panel on: 2, or 1 at the end.
  int64_t panels_beside(int64_t even_panel) const {
    return std::min<int64_t>(2, panels() - even_panel);
  }
  /// The next block of this panel lies panels_beside(p / 2 * 2) further.
  const PanelBlock* block(int64_t p, int64_t block) const {
    return blocks_.data() + index(p, block);
  }
  /// B[k, n]
  float value(int64_t k, int64_t n) const;
  int8_t quant(int64_t k, int64_t n) const;
  float scale(int64_t k, int64_t n) const;

  /// Column n from what a Q8_0 row holds: `quants` [K], `scales` [blocks].
  void set_column(int64_t n, std::span<const int8_t> quants, std::span<const float> scales);
  /// Columns first .. first + rows.rows: row i of `rows` [n, K] becomes column first + i, each
  /// block by its largest number, as Q8_0 does: scale = largest / 127, numbers to the nearest.
  /// Floats that were such blocks before become them again. A column that holds NaN or an infinity
  /// has a scale that is NaN.
  void set_columns(int64_t first, MatrixView<const float> rows);

 private:
  int64_t index(int64_t p, int64_t block) const {
    return p / 2 * 2 * blocks() + block * panels_beside(p / 2 * 2) + p % 2;
  }

  int64_t depth_ = 0;
  int64_t columns_ = 0;
  ZeroedArray<PanelBlock> blocks_;
};

}  // namespace puente
