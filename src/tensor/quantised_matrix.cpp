#include "tensor/quantised_matrix.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/rounded.h"

namespace puente {
namespace {

float largest_of(const float* x, int64_t depth) {
  float largest = 0;
  for (int64_t k = 0; k < depth; ++k) largest = std::max(largest, std::abs(x[k]));
  return largest;
}

/// The largest sum of positive or of negative weights among those that narrow quads add up in 16
/// bits.
float largest_few(const float* x, int64_t depth) {
  constexpr int64_t kTogether = 4 * QuantisedMatrix::kNarrowQuads;
  float largest = 0;
  for (int64_t first = 0; first < depth; first += kTogether) {
    float padded[kTogether] = {};
    std::copy_n(x + first, std::min(kTogether, depth - first), padded);
    float sum[2] = {}, size[2] = {};
    for (int64_t k = 0; k < kTogether; ++k) {
      sum[k % 4 / 2] += padded[k];
      size[k % 4 / 2] += std::abs(padded[k]);
    }
    for (int half = 0; half < 2; ++half) {
      largest = std::max(largest, (size[half] + std::abs(sum[half])) / 2);
    }
  }
  return largest;
}

float scale_of(const float* x, int64_t depth, IntegerForm form) {
  const float scale = largest_of(x, depth) / 127;
  if (form != IntegerForm::narrow_quads) return scale;
  // Rounding makes each of the four half a step larger at most.
  constexpr int32_t kMost = QuantisedMatrix::kMostOfFew - QuantisedMatrix::kNarrowQuads;
  return std::max(scale, largest_few(x, depth) / static_cast<float>(kMost));
}

/// A loop of its own, of which compilers make vectors.
void set_quarters(const float* x, int64_t depth, float inverse, int64_t shift, uint32_t* quarters) {
  const uint32_t others = ~(uint32_t{3} << shift);
  for (int64_t k = 0; k < depth; ++k) {
    const float value = x[k] * inverse, left = value - rounded(value);
    const int32_t quarter = (left >= -0.25f) + (left >= 0) + (left >= 0.25f) - 2;
    quarters[k] = (quarters[k] & others) | (static_cast<uint32_t>(quarter) & 3) << shift;
  }
}

}  // namespace

QuantisedMatrix::QuantisedMatrix(int64_t depth, int64_t columns, IntegerForm form)
    : form_(form),
      depth_(depth),
      columns_(columns),
      values_(static_cast<size_t>(panels() * 16 * padded_depth())),
      quarters_(static_cast<size_t>(panels() * depth)),
      scales_(static_cast<size_t>(panels() * 16)),
      sums_(static_cast<size_t>(panels() * 16)) {}

int64_t QuantisedMatrix::bytes() const {
  return static_cast<int64_t>(values_.size() + quarters_.size() * sizeof(uint32_t) +
                              scales_.size() * sizeof(float) + sums_.size() * sizeof(int32_t));
}

int8_t QuantisedMatrix::value(int64_t k, int64_t n) const {
  return panel(n / 16)[k / 4 * 64 + n % 16 * 4 + k % 4];
}

float QuantisedMatrix::fine_value(int64_t k, int64_t n) const {
  const uint32_t quarter = quarters(n / 16, k) >> n % 16 * 2 & 3;  // -2 and -1 are 2 and 3
  return static_cast<float>(value(k, n)) + (static_cast<float>(quarter ^ 2) - 1.5f) / 4;
}

void QuantisedMatrix::set_columns(int64_t first, MatrixView<const float> rows) {
  PUENTE_ASSERT(rows.cols == depth_ && first >= 0 && first + rows.rows <= columns_);
  for (int64_t i = 0; i < rows.rows; ++i) {
    const float* row = rows.row(i);
    const int64_t n = first + i;
    const float scale = scale_of(row, depth_, form_);
    // A column of zeros, or of numbers so small that their scale is none.
    const float inverse = scale > 0 && std::isfinite(1 / scale) ? 1 / scale : 0;
    int8_t* to = values_.data() + n / 16 * padded_depth() * 16 + n % 16 * 4;
    int32_t sum = 0;
    for (int64_t k = 0; k < depth_; ++k) {
      const auto value = static_cast<int32_t>(rounded(row[k] * inverse));
      sum += value;
      to[k / 4 * 64 + k % 4] = static_cast<int8_t>(value);
    }
    set_quarters(row, depth_, inverse, n % 16 * 2, quarters_.data() + n / 16 * depth_);
    scales_[static_cast<size_t>(n)] = inverse > 0 ? scale : 0;
    sums_[static_cast<size_t>(n)] = sum;
  }
}

}  // namespace puente
