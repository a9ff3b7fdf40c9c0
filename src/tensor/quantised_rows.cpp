#include "tensor/quantised_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "tensor/amx.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/quantised_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include "tensor/vnni-inl.h"

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
using Integers = hn::RebindToSigned<Tag>;
using Vec = hn::Vec<Tag>;

/// What this instruction set multiplies fastest. (Asking Highway which sets there are would choose
/// the set anew, every time.)
IntegerForm fastest_form() {
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX3
  if (has_amx()) return IntegerForm::tiles;
#endif
  if (has_vnni()) return IntegerForm::quads;
#if HWY_ARCH_X86 && HWY_TARGET == HWY_AVX2
  return IntegerForm::narrow_quads;
#else
  return IntegerForm::pairs;
#endif
}

/// count is a multiple of 16.
QuantisedRows::Range range_of(const float* x, int64_t count) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Vec least = hn::Zero(d), largest = hn::Zero(d), squares = hn::Zero(d);
  for (int64_t k = 0; k < count; k += lanes) {
    const Vec v = hn::LoadU(d, x + k);
    least = hn::Min(least, v);
    largest = hn::Max(largest, v);
    squares = hn::MulAdd(v, v, squares);
  }
  return {hn::GetLane(hn::MinOfLanes(d, least)), hn::GetLane(hn::MaxOfLanes(d, largest)),
          hn::GetLane(hn::SumOfLanes(d, squares))};
}

/// The first place that holds `value`, which is there.
int64_t index_of(const float* x, int64_t count, float value) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const Vec wanted = hn::Set(d, value);
  int64_t k = 0;
  for (; k < count; k += lanes) {
    const auto found = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, x + k), wanted));
    if (found >= 0) return k + found;
  }
  return k - 1;
}

void to_quads(const float* x, int64_t count, float inverse, int32_t zero, uint8_t* to) {
  const Tag d;
  const Integers di;
  const hn::Rebind<uint8_t, Tag> db;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const Vec factor = hn::Set(d, inverse);
  const auto zeros = hn::Set(di, zero);
  for (int64_t k = 0; k < count; k += lanes) {
    const auto q = hn::Add(hn::NearestInt(hn::Mul(hn::LoadU(d, x + k), factor)), zeros);
    hn::StoreU(hn::DemoteTo(db, q), db, to + k);  // saturates
  }
}

void to_pairs(const float* x, int64_t count, float inverse, int16_t* to) {
  const Tag d;
  const hn::Rebind<int16_t, Tag> dh;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const Vec factor = hn::Set(d, inverse);
  for (int64_t k = 0; k < count; k += lanes) {
    hn::StoreU(hn::DemoteTo(dh, hn::NearestInt(hn::Mul(hn::LoadU(d, x + k), factor))), dh, to + k);
  }
  for (int64_t k = 0; k < count; k += 4) std::swap(to[k + 1], to[k + 2]);
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(fastest_form);
HWY_EXPORT(range_of);
HWY_EXPORT(index_of);
HWY_EXPORT(to_quads);
HWY_EXPORT(to_pairs);

namespace {

/// 12 bits, or as many as 32-bit sums have room for.
int32_t largest_pair(int64_t depth) {
  return static_cast<int32_t>(std::min<int64_t>(2047, INT32_MAX / (127 * depth)));
}

// Normal numbers reach 4 to 5 times their root mean square in a thousand, GELU's output 6 times.
constexpr float kOutlier = 8;

bool has_outlier(const QuantisedRows::Range& range, int64_t depth) {
  const float farthest = std::max(-range.least, range.largest);
  return farthest > kOutlier * std::sqrt(range.squares / static_cast<float>(depth));
}

/// 1 / scale where that is a number; 0 quantises everything to zero.
float inverse_of(float scale) {
  const float inverse = 1 / scale;
  return scale > 0 && std::isfinite(inverse) ? inverse : 0;
}

}  // namespace

IntegerForm best_integer_form() { return HWY_DYNAMIC_DISPATCH(fastest_form)(); }

int64_t largest_integer_depth() { return INT32_MAX / (127 * 255); }

void QuantisedRows::begin(int64_t rows, int64_t depth, IntegerForm form) {
  PUENTE_ASSERT(rows >= 0 && rows <= kMostRows && depth > 0);
  PUENTE_ASSERT(depth <= largest_integer_depth());
  form_ = form;
  rows_ = rows;
  depth_ = depth;
  const auto size = static_cast<size_t>(rows * padded_depth());
  if (form != IntegerForm::pairs && quads_.size() < size) quads_.resize(size);
  if (form == IntegerForm::pairs && pairs_.size() < size) pairs_.resize(size);
  scales_.resize(static_cast<size_t>(rows));
  zeros_.resize(static_cast<size_t>(rows));
  row_.assign(static_cast<size_t>(padded_depth()), 0.0f);
  outliers_.clear();
  outlier_ends_.assign(1, 0);
}

void QuantisedRows::set(MatrixView<const float> x, IntegerForm form) {
  begin(x.rows, x.cols, form);
  for (int64_t r = 0; r < rows_; ++r) add(r, x.row(r));
}

void QuantisedRows::set(MatrixView<const float> x, const LayerNorm& norm, IntegerForm form) {
  begin(x.rows, x.cols, form);
  for (int64_t r = 0; r < rows_; ++r) {
    layer_norm({x.row(r), 1, x.cols, x.stride}, norm, {row_.data(), 1, depth_, depth_});
    add(r, row_.data());
  }
}

/// The row with zeros after its end: where it lies, if nothing has to follow it.
const float* QuantisedRows::padded(const float* x) {
  if (x == row_.data() || depth_ == padded_depth()) return x;
  std::memcpy(row_.data(), x, static_cast<size_t>(depth_) * sizeof(float));
  return row_.data();
}

/// Moves the numbers far outside the rest from x to outliers_, the farthest first, and says what is
/// left.
QuantisedRows::Range QuantisedRows::take_outliers(float* x, Range range) {
  for (int64_t count = 0; count < kMostOutliers && has_outlier(range, depth_); ++count) {
    const float farthest = -range.least > range.largest ? range.least : range.largest;
    const int64_t column = HWY_DYNAMIC_DISPATCH(index_of)(x, padded_depth(), farthest);
    outliers_.push_back({column, farthest});
    x[column] = 0;
    range = HWY_DYNAMIC_DISPATCH(range_of)(x, padded_depth());
  }
  return range;
}

void QuantisedRows::add(int64_t row, const float* given) {
  const float* x = padded(given);
  const int64_t count = padded_depth();
  Range range = HWY_DYNAMIC_DISPATCH(range_of)(x, count);
  // Least and largest pass over NaN; the sum of squares does not.
  if (std::isnan(range.squares)) range.largest = range.squares;
  const auto r = static_cast<size_t>(row);
  if (has_outlier(range, depth_)) {
    if (x != row_.data()) std::memcpy(row_.data(), x, static_cast<size_t>(depth_) * sizeof(float));
    x = row_.data();
    range = take_outliers(row_.data(), range);
  }
  outlier_ends_.push_back(outliers_.size());
  if (form_ == IntegerForm::pairs) {
    const float scale =
        std::max(-range.least, range.largest) / static_cast<float>(largest_pair(depth_));
    HWY_DYNAMIC_DISPATCH(to_pairs)(x, count, inverse_of(scale), pairs_.data() + row * count);
    scales_[r] = scale;
    zeros_[r] = 0;
    return;
  }
  const float scale =
      (range.largest - range.least) / (form_ == IntegerForm::narrow_quads ? 127.0f : 255.0f);
  const float inverse = inverse_of(scale);
  const auto zero = static_cast<int32_t>(std::lrintf(-range.least * inverse));
  HWY_DYNAMIC_DISPATCH(to_quads)(x, count, inverse, zero, quads_.data() + row * count);
  scales_[r] = scale;
  zeros_[r] = zero;
}

float QuantisedRows::value(int64_t row, int64_t k) const {
  const auto r = static_cast<size_t>(row);
  for (const Outlier& outlier : outliers(row)) {
    if (outlier.column == k) return outlier.value;
  }
  if (form_ != IntegerForm::pairs) {
    return scales_[r] * static_cast<float>(quads_[r * padded_depth() + k] - zeros_[r]);
  }
  const int64_t middle = k % 4 == 1 ? k + 1 : k % 4 == 2 ? k - 1 : k;
  return scales_[r] * static_cast<float>(pairs_[r * padded_depth() + middle]);
}

}  // namespace puente
#endif
