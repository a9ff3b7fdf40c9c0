#include "tensor/block_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/block_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Integers = hn::RebindToSigned<Tag>;

/// The largest magnitude of a block; NaN or infinity if there is one. As whole numbers, floats
/// without their sign have the same order, and NaN comes last.
float largest_of(const float* x) {
  const Tag d;
  const Integers di;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto largest = hn::Zero(di);
  for (int64_t k = 0; k < kBlockDepth; k += lanes) {
    largest = hn::Max(largest, hn::BitCast(di, hn::Abs(hn::LoadU(d, x + k))));
  }
  return hn::GetLane(hn::BitCast(d, hn::MaxOfLanes(di, largest)));
}

/// What numbers are multiplied by, the largest of which this is; sets their scale.
float inverse_scale(float largest, float* scale) {
  if (!std::isfinite(largest)) {
    *scale = std::numeric_limits<float>::quiet_NaN();
    return 0;
  }
  *scale = largest / static_cast<float>(BlockRows::kLargest);
  const float inverse = 1 / *scale;
  if (std::isfinite(inverse)) return inverse;
  // Zeros, or numbers so small that their scale is none.
  *scale = 0;
  return 0;
}

void block_to_pairs(const float* x, float factor, int16_t* to) {
  const Tag d;
  const hn::Rebind<int16_t, Tag> dh;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t k = 0; k < kBlockDepth; k += lanes) {
    const auto scaled = hn::Mul(hn::LoadU(d, x + k), hn::Set(d, factor));
    hn::StoreU(hn::DemoteTo(dh, hn::NearestInt(scaled)), dh, to + k);
  }
  for (int64_t k = 0; k < kBlockDepth; k += 4) std::swap(to[k + 1], to[k + 2]);
}

// One row: its blocks, their scales and its spans' are `rows` apart.

/// even[span] becomes 0 where this row is not even.
void row_to_pairs(const float* x, int64_t blocks, int64_t rows, int16_t* to, float* scales,
                  float* span_scales, uint8_t* even) {
  for (int64_t first = 0; first < blocks; first += kSpanBlocks) {
    const int64_t count = std::min(kSpanBlocks, blocks - first);
    float largest[kSpanBlocks];
    for (int64_t i = 0; i < count; ++i) largest[i] = largest_of(x + (first + i) * kBlockDepth);
    float most = 0, least = std::numeric_limits<float>::infinity();  // of those that are not zero
    for (int64_t i = 0; i < count && std::isfinite(most); ++i) {
      most = std::isfinite(largest[i]) ? std::max(most, largest[i]) : largest[i];
      if (largest[i] > 0) least = std::min(least, largest[i]);
    }
    float span_scale = 0;
    const float factor = inverse_scale(most, &span_scale);
    const bool is_even = !(span_scale > 0) || least >= most / BlockRows::kMostUneven;
    span_scales[first / kSpanBlocks * rows] = span_scale;
    if (!is_even) even[first / kSpanBlocks] = 0;
    for (int64_t i = first; i < first + count; ++i) {
      float own_scale = span_scale, own = factor;
      if (!is_even) own = inverse_scale(largest[i - first], &own_scale);
      scales[i * rows] = is_even ? 1 : own_scale / span_scale;
      block_to_pairs(x + i * kBlockDepth, own, to + i * rows * kBlockDepth);
    }
  }
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(row_to_pairs);

namespace {

template <class Vector>
void grow(Vector& vector, int64_t size) {
  if (vector.size() < static_cast<size_t>(size)) vector.resize(static_cast<size_t>(size));
}

}  // namespace

void BlockRows::begin(int64_t rows, int64_t depth) {
  PUENTE_ASSERT(rows >= 0 && rows <= kMostRows && depth > 0);
  rows_ = rows;
  depth_ = depth;
  const int64_t spans = (blocks() + kSpanBlocks - 1) / kSpanBlocks;
  grow(pairs_, rows * blocks() * kBlockDepth);
  grow(scales_, rows * blocks());
  grow(span_scales_, rows * spans);
  even_.assign(static_cast<size_t>(spans), 1);
  padded_.assign(static_cast<size_t>(depth % kBlockDepth == 0 ? 0 : blocks() * kBlockDepth), 0);
}

void BlockRows::add(int64_t row, const float* x) {
  if (!padded_.empty()) {
    std::copy_n(x, depth_, padded_.begin());
    x = padded_.data();
  }
  HWY_DYNAMIC_DISPATCH(row_to_pairs)
  (x, blocks(), rows_, pairs_.data() + row * kBlockDepth, scales_.data() + row,
   span_scales_.data() + row, even_.data());
}

void BlockRows::set(MatrixView<const float> x) {
  begin(x.rows, x.cols);
  for (int64_t r = 0; r < rows_; ++r) add(r, x.row(r));
}

void BlockRows::set(MatrixView<const float> x, const LayerNorm& norm) {
  begin(x.rows, x.cols);
  row_.resize(static_cast<size_t>(depth_));
  for (int64_t r = 0; r < rows_; ++r) {
    layer_norm({x.row(r), 1, x.cols, x.stride}, norm, {row_.data(), 1, depth_, depth_});
    add(r, row_.data());
  }
}

float BlockRows::scale(int64_t row, int64_t k) const {
  const int64_t block = k / kBlockDepth;
  return *scales(block, row) * *span_scales(block / kSpanBlocks, row);
}

int32_t BlockRows::quant(int64_t row, int64_t k) const {
  const int64_t block = k / kBlockDepth;
  const int64_t middle = k % 4 == 1 ? k + 1 : k % 4 == 2 ? k - 1 : k;
  return pairs(block, row)[middle % kBlockDepth];
}

}  // namespace puente
#endif
