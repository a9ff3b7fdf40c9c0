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

/// What to multiply a block by; sets its scale.
float inverse_scale(const float* x, IntegerForm form, float* scale) {
  const float largest = largest_of(x);
  if (!std::isfinite(largest)) {
    *scale = std::numeric_limits<float>::quiet_NaN();
    return 0;
  }
  *scale = largest / static_cast<float>(BlockRows::largest(form));
  const float inverse = 1 / *scale;
  if (std::isfinite(inverse)) return inverse;
  // A block of zeros, or of numbers so small that their scale is none.
  *scale = 0;
  return 0;
}

/// A block and its scale to `to` and `scale`.
void block_to_quads(const float* x, uint8_t* to, float* scale) {
  const Tag d;
  const Integers di;
  const hn::Rebind<uint8_t, Tag> db;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto factor = hn::Set(d, inverse_scale(x, IntegerForm::quads, scale));
  const auto zero = hn::Set(di, 128);
  for (int64_t k = 0; k < kBlockDepth; k += lanes) {
    const auto q = hn::Add(hn::NearestInt(hn::Mul(hn::LoadU(d, x + k), factor)), zero);
    hn::StoreU(hn::DemoteTo(db, q), db, to + k);
  }
}

void block_to_pairs(const float* x, int16_t* to, float* scale) {
  const Tag d;
  const hn::Rebind<int16_t, Tag> dh;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto factor = hn::Set(d, inverse_scale(x, IntegerForm::pairs, scale));
  for (int64_t k = 0; k < kBlockDepth; k += lanes) {
    hn::StoreU(hn::DemoteTo(dh, hn::NearestInt(hn::Mul(hn::LoadU(d, x + k), factor))), dh, to + k);
  }
  for (int64_t k = 0; k < kBlockDepth; k += 4) std::swap(to[k + 1], to[k + 2]);
}

/// A row of any length; its blocks are `rows` apart.
template <class T, class ToBlock>
void row_to_blocks(const float* x, int64_t depth, int64_t rows, T* to, float* scales,
                   ToBlock&& to_block) {
  for (int64_t k = 0; k < depth; k += kBlockDepth, to += rows * kBlockDepth, scales += rows) {
    if (k + kBlockDepth <= depth) {
      to_block(x + k, to, scales);
    } else {
      float padded[kBlockDepth] = {};
      std::copy(x + k, x + depth, padded);
      to_block(padded, to, scales);
    }
  }
}

void row_to_quads(const float* x, int64_t depth, int64_t rows, uint8_t* to, float* scales) {
  row_to_blocks(x, depth, rows, to, scales, block_to_quads);
}

void row_to_pairs(const float* x, int64_t depth, int64_t rows, int16_t* to, float* scales) {
  row_to_blocks(x, depth, rows, to, scales, block_to_pairs);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(row_to_quads);
HWY_EXPORT(row_to_pairs);

void BlockRows::begin(int64_t rows, int64_t depth, IntegerForm form) {
  PUENTE_ASSERT(rows >= 0 && rows <= kMostRows && depth > 0);
  // Seven bits would be too few for them.
  form_ = form == IntegerForm::narrow_quads ? IntegerForm::pairs : form;
  rows_ = rows;
  depth_ = depth;
  const auto size = static_cast<size_t>(rows * blocks() * kBlockDepth);
  if (form_ == IntegerForm::quads && quads_.size() < size) quads_.resize(size);
  if (form_ == IntegerForm::pairs && pairs_.size() < size) pairs_.resize(size);
  if (scales_.size() < static_cast<size_t>(rows * blocks())) {
    scales_.resize(static_cast<size_t>(rows * blocks()));
  }
}

void BlockRows::add(int64_t row, const float* x) {
  float* scales = scales_.data() + row;
  if (form_ == IntegerForm::quads) {
    uint8_t* to = quads_.data() + row * kBlockDepth;
    HWY_DYNAMIC_DISPATCH(row_to_quads)(x, depth_, rows_, to, scales);
  } else {
    int16_t* to = pairs_.data() + row * kBlockDepth;
    HWY_DYNAMIC_DISPATCH(row_to_pairs)(x, depth_, rows_, to, scales);
  }
}

void BlockRows::set(MatrixView<const float> x, IntegerForm form) {
  begin(x.rows, x.cols, form);
  for (int64_t r = 0; r < rows_; ++r) add(r, x.row(r));
}

void BlockRows::set(MatrixView<const float> x, const LayerNorm& norm, IntegerForm form) {
  begin(x.rows, x.cols, form);
  row_.resize(static_cast<size_t>(depth_));
  for (int64_t r = 0; r < rows_; ++r) {
    layer_norm({x.row(r), 1, x.cols, x.stride}, norm, {row_.data(), 1, depth_, depth_});
    add(r, row_.data());
  }
}

void BlockRows::set_rest(MatrixView<const float> x) {
  PUENTE_ASSERT(x.rows == rows_ && x.cols == depth_);
  row_.resize(static_cast<size_t>(depth_));
  for (int64_t r = 0; r < rows_; ++r) {
    for (int64_t block = 0; block < blocks(); ++block) {
      const int64_t first = block * kBlockDepth, end = std::min(first + kBlockDepth, depth_);
      const float scale = *scales(block, r);
      for (int64_t k = first; k < end; ++k) {
        row_[static_cast<size_t>(k)] = x.row(r)[k] - scale * static_cast<float>(quant(r, k));
      }
    }
    add(r, row_.data());
  }
}

int32_t BlockRows::quant(int64_t row, int64_t k) const {
  const int64_t block = k / kBlockDepth;
  if (form_ == IntegerForm::quads) return quads(block, row)[k % kBlockDepth] - 128;
  const int64_t middle = k % 4 == 1 ? k + 1 : k % 4 == 2 ? k - 1 : k;
  return pairs(block, row)[middle % kBlockDepth];
}

}  // namespace puente
#endif
