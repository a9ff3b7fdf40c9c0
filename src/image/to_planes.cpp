#include "image/to_planes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/to_planes.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace puente::image_detail::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void ToPlanes(const uint8_t* HWY_RESTRICT rgb, int64_t pixels, const PixelValues& values,
              float* HWY_RESTRICT planes) {
  int64_t i = 0;
  // Computed, not looked up: a gather is no faster on new processors, and much slower on those
  // whose gathers were made safe by microcode. Older instruction sets are best served by the table.
#if HWY_TARGET <= HWY_AVX2
  const hn::FixedTag<uint8_t, 16> d8;
  const hn::CappedTag<double, 8> d64;
  const hn::Rebind<float, decltype(d64)> d32;
  const hn::Rebind<int32_t, decltype(d64)> d_int;
  const hn::Rebind<uint8_t, decltype(d64)> d_part;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d64));
  const auto scale = hn::Set(d64, values.scale);
  HWY_ALIGN uint8_t bytes[3][16];
  for (; i + 16 <= pixels; i += 16) {
    hn::Vec<decltype(d8)> r, g, b;
    hn::LoadInterleaved3(d8, rgb + 3 * i, r, g, b);
    hn::Store(r, d8, bytes[0]);
    hn::Store(g, d8, bytes[1]);
    hn::Store(b, d8, bytes[2]);
    for (int64_t c = 0; c < 3; ++c) {
      const auto mean = hn::Set(d32, values.mean[c]);
      const auto std = hn::Set(d32, values.std[c]);
      for (int64_t k = 0; k < 16; k += lanes) {
        const auto whole = hn::PromoteTo(d_int, hn::LoadU(d_part, bytes[c] + k));
        const auto scaled = hn::DemoteTo(d32, hn::Mul(hn::PromoteTo(d64, whole), scale));
        hn::StoreU(hn::Div(hn::Sub(scaled, mean), std), d32, planes + c * pixels + i + k);
      }
    }
  }
#endif
  if (i == pixels) return;
  float table[3][256];
  for (int64_t c = 0; c < 3; ++c) {
    for (int v = 0; v < 256; ++v) table[c][v] = values.of(static_cast<uint8_t>(v), c);
  }
  for (; i < pixels; ++i) {
    for (int64_t c = 0; c < 3; ++c) planes[c * pixels + i] = table[c][rgb[3 * i + c]];
  }
}

}  // namespace
}  // namespace puente::image_detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace puente::image_detail {

HWY_EXPORT(ToPlanes);

void to_planes(const uint8_t* rgb, int64_t pixels, const PixelValues& values, float* planes) {
  HWY_DYNAMIC_DISPATCH(ToPlanes)(rgb, pixels, values, planes);
}

}  // namespace puente::image_detail
#endif
