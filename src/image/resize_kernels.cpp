#include "image/resize_kernels.h"

#include <algorithm>

#include "image/weights.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/resize_kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::image_detail::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

uint8_t round_and_clamp(int32_t sum) {
  return static_cast<uint8_t>(std::clamp((sum + (1 << (kWeightBits - 1))) >> kWeightBits, 0, 255));
}

/// RGBRGB... -> three planes, so that the pixels under a window lie side by side.
void split_planes(const uint8_t* HWY_RESTRICT rgb, int64_t pixels, uint8_t* HWY_RESTRICT planes) {
  uint8_t* r = planes;
  uint8_t* g = r + plane_size(pixels);
  uint8_t* b = g + plane_size(pixels);
  int64_t x = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<uint8_t, 16> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d8));
  for (; x + lanes <= pixels; x += lanes) {
    hn::Vec<decltype(d8)> vr, vg, vb;
    hn::LoadInterleaved3(d8, rgb + 3 * x, vr, vg, vb);
    hn::StoreU(vr, d8, r + x);
    hn::StoreU(vg, d8, g + x);
    hn::StoreU(vb, d8, b + x);
  }
#endif
  for (; x < pixels; ++x) {
    r[x] = rgb[3 * x];
    g[x] = rgb[3 * x + 1];
    b[x] = rgb[3 * x + 2];
  }
  for (int64_t i = 0; i < kTapBlock; ++i) r[pixels + i] = g[pixels + i] = b[pixels + i] = 0;
}

void ResizeRow(const uint8_t* HWY_RESTRICT rgb, int64_t pixels, const ColumnTaps& taps,
               uint8_t* HWY_RESTRICT planes, uint8_t* HWY_RESTRICT out) {
  split_planes(rgb, pixels, planes);
  for (int64_t column = 0; column < taps.columns(); ++column, out += 3) {
    const int16_t* HWY_RESTRICT high = taps.high.data() + column * taps.stride;
    const int16_t* HWY_RESTRICT low = taps.low.data() + column * taps.stride;
    const uint8_t* HWY_RESTRICT r = planes + taps.start[column];
    const uint8_t* HWY_RESTRICT g = r + plane_size(pixels);
    const uint8_t* HWY_RESTRICT b = g + plane_size(pixels);
    const int64_t count = taps.count[column];
#if HWY_TARGET == HWY_SCALAR
    int32_t sum[3] = {0, 0, 0};
    for (int64_t k = 0; k < count; ++k) {
      const int32_t weight = high[k] * 4096 + low[k];
      sum[0] += weight * r[k];
      sum[1] += weight * g[k];
      sum[2] += weight * b[k];
    }
    for (int c = 0; c < 3; ++c) out[c] = round_and_clamp(sum[c]);
#else
    const hn::CappedTag<int16_t, kTapBlock> d16;
    const hn::Rebind<uint8_t, decltype(d16)> d8;
    const hn::Repartition<int32_t, decltype(d16)> d32;
    using Sum = hn::Vec<decltype(d32)>;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d16));
    Sum high_r = hn::Zero(d32), high_g = high_r, high_b = high_r;
    Sum low_r = high_r, low_g = high_r, low_b = high_r;
    Sum rest_high_r = high_r, rest_high_g = high_r, rest_high_b = high_r;
    Sum rest_low_r = high_r, rest_low_g = high_r, rest_low_b = high_r;
    for (int64_t k = 0; k < count; k += lanes) {
      const auto h = hn::LoadU(d16, high + k);
      const auto l = hn::LoadU(d16, low + k);
      const auto vr = hn::PromoteTo(d16, hn::LoadU(d8, r + k));
      const auto vg = hn::PromoteTo(d16, hn::LoadU(d8, g + k));
      const auto vb = hn::PromoteTo(d16, hn::LoadU(d8, b + k));
      high_r = hn::ReorderWidenMulAccumulate(d32, h, vr, high_r, rest_high_r);
      high_g = hn::ReorderWidenMulAccumulate(d32, h, vg, high_g, rest_high_g);
      high_b = hn::ReorderWidenMulAccumulate(d32, h, vb, high_b, rest_high_b);
      low_r = hn::ReorderWidenMulAccumulate(d32, l, vr, low_r, rest_low_r);
      low_g = hn::ReorderWidenMulAccumulate(d32, l, vg, low_g, rest_low_g);
      low_b = hn::ReorderWidenMulAccumulate(d32, l, vb, low_b, rest_low_b);
    }
    const auto total = [&](Sum h, Sum rest_h, Sum l, Sum rest_l) {
      const Sum joined = hn::Add(hn::ShiftLeft<12>(hn::Add(h, rest_h)), hn::Add(l, rest_l));
      return hn::GetLane(hn::SumOfLanes(d32, joined));
    };
    out[0] = round_and_clamp(total(high_r, rest_high_r, low_r, rest_low_r));
    out[1] = round_and_clamp(total(high_g, rest_high_g, low_g, rest_low_g));
    out[2] = round_and_clamp(total(high_b, rest_high_b, low_b, rest_low_b));
#endif
  }
}

void MixRows(const uint8_t* HWY_RESTRICT rows, int64_t stride, const int32_t* HWY_RESTRICT weights,
             int64_t count, int64_t bytes, uint8_t* HWY_RESTRICT out) {
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<int32_t> d32;
  const hn::Rebind<uint8_t, decltype(d32)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d32));
  const auto half = hn::Set(d32, 1 << (kWeightBits - 1));
  for (; i + 2 * lanes <= bytes; i += 2 * lanes) {
    auto sum0 = half;
    auto sum1 = half;
    const uint8_t* HWY_RESTRICT row = rows + i;
    for (int64_t k = 0; k < count; ++k, row += stride) {
      const auto weight = hn::Set(d32, weights[k]);
      sum0 = hn::Add(sum0, hn::Mul(weight, hn::PromoteTo(d32, hn::LoadU(d8, row))));
      sum1 = hn::Add(sum1, hn::Mul(weight, hn::PromoteTo(d32, hn::LoadU(d8, row + lanes))));
    }
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kWeightBits>(sum0)), d8, out + i);
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kWeightBits>(sum1)), d8, out + i + lanes);
  }
#endif
  for (; i < bytes; ++i) {
    int32_t sum = 0;
    for (int64_t k = 0; k < count; ++k) sum += weights[k] * rows[k * stride + i];
    out[i] = round_and_clamp(sum);
  }
}

}  // namespace
}  // namespace puente::image_detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente::image_detail {

HWY_EXPORT(ResizeRow);
HWY_EXPORT(MixRows);

void resize_row(const uint8_t* rgb, int64_t pixels, const ColumnTaps& taps, uint8_t* planes,
                uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(ResizeRow)(rgb, pixels, taps, planes, out);
}

void mix_rows(const uint8_t* rows, int64_t stride, const int32_t* weights, int64_t count,
              int64_t bytes, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(MixRows)(rows, stride, weights, count, bytes, out);
}

}  // namespace puente::image_detail
#endif
