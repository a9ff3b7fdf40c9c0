#include "tensor/quantise_column.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tensor/quantised_matrix.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/quantise_column.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<float>;

float largest_weight(const float* x, int64_t depth) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto largest = hn::Zero(d);
  for (int64_t k = 0; k < depth; k += lanes) {
    largest = hn::Max(largest, hn::Abs(hn::Load(d, x + k)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

/// The largest sum of positive or of negative weights among those that narrow quads add up in 16
/// bits.
float largest_few(const float* x, int64_t depth) {
  static_assert(QuantisedMatrix::kNarrowQuads == 2);
#if HWY_TARGET == HWY_SCALAR
  float largest = 0;
  for (int64_t k = 0; k < depth; k += k % 8 == 2 ? 6 : 2) {
    const float few[] = {x[k], x[k + 1], x[k + 4], x[k + 5]};
    float sum = 0, size = 0;
    for (const float weight : few) sum += weight, size += std::abs(weight);
    largest = std::max(largest, size + std::abs(sum));
  }
  return largest / 2;
#else
  const hn::FixedTag<float, 4> d;
  auto largest = hn::Zero(d);
  for (int64_t k = 0; k < depth; k += 8) {
    const auto a = hn::Load(d, x + k), b = hn::Load(d, x + k + 4);
    auto sum = hn::Add(a, b), size = hn::Add(hn::Abs(a), hn::Abs(b));
    sum = hn::Add(sum, hn::Reverse2(d, sum));
    size = hn::Add(size, hn::Reverse2(d, size));
    largest = hn::Max(largest, hn::Add(size, hn::Abs(sum)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest)) / 2;
#endif
}

float scale_of(const float* x, int64_t depth, IntegerForm form) {
  const float scale = largest_weight(x, depth) / 127;
  if (form != IntegerForm::narrow_quads) return scale;
  // Rounding makes each of the four half a step larger at most.
  constexpr int32_t kMost = QuantisedMatrix::kMostOfFew - QuantisedMatrix::kNarrowQuads;
  return std::max(scale, largest_few(x, depth) / static_cast<float>(kMost));
}

QuantisedColumn quantise(const float* x, int64_t depth, IntegerForm form, int8_t* values,
                         uint32_t* quarters, int shift) {
  const float scale = scale_of(x, depth, form);
  const float inverse = scale > 0 && std::isfinite(1 / scale) ? 1 / scale : 0;
  const Tag d;
  const hn::RebindToSigned<Tag> di;
  const hn::RebindToUnsigned<Tag> du;
  const hn::Rebind<int8_t, Tag> bytes;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto inverses = hn::Set(d, inverse), four = hn::Set(d, 4.0f);
  const auto one = hn::Set(di, 1), two_bits = hn::Set(di, 3);
  const auto others = hn::Set(du, ~(uint32_t{3} << shift));
  auto sum = hn::Zero(di);
  for (int64_t k = 0; k < depth; k += lanes) {
    const auto steps = hn::Mul(hn::Load(d, x + k), inverses);
    const auto whole = hn::NearestInt(steps);
    sum = hn::Add(sum, whole);
    hn::StoreU(hn::DemoteTo(bytes, whole), bytes, values + k);
    // From -2 to 1, but for a number that was rounded down by just half a step.
    const auto quarter = hn::Min(
        hn::Sub(hn::ConvertTo(di, hn::Floor(hn::Mul(steps, four))), hn::ShiftLeft<2>(whole)), one);
    const auto bits = hn::ShiftLeftSame(hn::BitCast(du, hn::And(quarter, two_bits)), shift);
    hn::Store(hn::Or(hn::And(hn::Load(du, quarters + k), others), bits), du, quarters + k);
  }
  return {inverse > 0 ? scale : 0, hn::GetLane(hn::SumOfLanes(di, sum))};
}

}  // namespace
}  // namespace puente::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente {

HWY_EXPORT(quantise);

QuantisedColumn quantise_column(std::span<const float> x, IntegerForm form, int8_t* values,
                                uint32_t* quarters, int shift) {
  PUENTE_ASSERT(x.size() % 64 == 0 && shift >= 0 && shift <= 30);
  return HWY_DYNAMIC_DISPATCH(quantise)(x.data(), static_cast<int64_t>(x.size()), form, values,
                                        quarters, shift);
}

}  // namespace puente
#endif
