#include "tensor/block_matrix.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace puente {
namespace {

/// To the nearest whole number, ties to even, for numbers up to 2^22: adding and taking away
/// 1.5 * 2^23 leaves no room for a fraction. Faster than a call for each number.
float rounded(float x) {
  constexpr float kNoFraction = 12582912.0f;
  return (x + kNoFraction) - kNoFraction;
}

/// `count` numbers to quants; the block's scale.
float quantise(const float* x, int64_t count, int8_t* quants) {
  float largest = 0, nothing = 0;
  for (int64_t k = 0; k < count; ++k) {
    largest = std::max(largest, std::abs(x[k]));
    nothing += x[k] * 0;  // NaN by NaN and infinities
  }
  if (std::isnan(nothing)) {
    std::fill_n(quants, count, int8_t{0});
    return std::numeric_limits<float>::quiet_NaN();
  }
  const float scale = largest / 127;
  // A block of zeros, or of numbers so small that their scale is none.
  const float inverse = scale > 0 && std::isfinite(1 / scale) ? 1 / scale : 0;
  for (int64_t k = 0; k < count; ++k) quants[k] = static_cast<int8_t>(rounded(x[k] * inverse));
  return inverse > 0 ? scale : 0;
}

}  // namespace

BlockMatrix::BlockMatrix(int64_t depth, int64_t columns)
    : depth_(depth), columns_(columns), blocks_(static_cast<size_t>(panels() * blocks())) {}

int8_t BlockMatrix::quant(int64_t k, int64_t n) const {
  return block(n / 16, k / kBlockDepth)->values[k % kBlockDepth / 4][n % 16][k % 4];
}

float BlockMatrix::scale(int64_t k, int64_t n) const {
  return block(n / 16, k / kBlockDepth)->scales[n % 16];
}

float BlockMatrix::value(int64_t k, int64_t n) const {
  return static_cast<float>(quant(k, n)) * scale(k, n);
}

void BlockMatrix::set_column(int64_t n, std::span<const int8_t> quants,
                             std::span<const float> scales) {
  PUENTE_ASSERT(n >= 0 && n < columns_ && static_cast<int64_t>(quants.size()) == depth_ &&
                static_cast<int64_t>(scales.size()) == blocks());
  PanelBlock* to = blocks_.data() + index(n / 16, 0);
  const int64_t step = panels_beside(n / 32 * 2);
  const int64_t column = n % 16;
  for (int64_t b = 0; b < blocks(); ++b, to += step) {
    const int8_t* from = quants.data() + b * kBlockDepth;
    int8_t padded[kBlockDepth] = {};
    const int64_t count = std::min(kBlockDepth, depth_ - b * kBlockDepth);
    if (count < kBlockDepth) {
      std::memcpy(padded, from, static_cast<size_t>(count));
      from = padded;
    }
    for (int64_t k = 0; k < kBlockDepth / 4; ++k) {
      std::memcpy(to->values[k][column], from + 4 * k, 4);
    }
    to->scales[column] = scales[static_cast<size_t>(b)];
  }
}

void BlockMatrix::set_columns(int64_t first, MatrixView<const float> rows) {
  PUENTE_ASSERT(rows.cols == depth_ && first >= 0 && first + rows.rows <= columns_);
  std::vector<int8_t> quants(static_cast<size_t>(depth_));
  std::vector<float> scales(static_cast<size_t>(blocks()));
  for (int64_t i = 0; i < rows.rows; ++i) {
    for (int64_t b = 0; b < blocks(); ++b) {
      const int64_t k = b * kBlockDepth;
      scales[static_cast<size_t>(b)] =
          quantise(rows.row(i) + k, std::min(kBlockDepth, depth_ - k), quants.data() + k);
    }
    set_column(first + i, quants, scales);
  }
}

}  // namespace puente
