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

/// One pixel of all rows, for what is left over by the vectors (and where there are none).
void put_pixel(const uint8_t* const* rows, int64_t pixel, uint8_t* HWY_RESTRICT strip) {
  uint8_t* target = strip + pixel / 2 * kPairBytes + pixel % 2;
  for (int c = 0; c < 3; ++c) {
    for (int64_t row = 0; row < kStripRows; ++row, target += 2) *target = rows[row][3 * pixel + c];
  }
}

#if HWY_TARGET != HWY_SCALAR

/// A square of 8 or 16 lanes, in blocks of 16 bytes, turned about its diagonal: v[i] lane j <->
/// v[j] lane i. Each round is a perfect shuffle of all lanes; as many rounds as a lane's number has
/// bits put every lane in its place.
template <class D, class V, size_t kLanes>
HWY_INLINE void transpose(D d, V (&v)[kLanes]) {
  for (size_t round = 1; round < kLanes; round *= 2) {
    V shuffled[kLanes];
    for (size_t i = 0; i < kLanes / 2; ++i) {
      shuffled[2 * i] = hn::InterleaveLower(d, v[i], v[i + kLanes / 2]);
      shuffled[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + kLanes / 2]);
    }
    for (size_t i = 0; i < kLanes; ++i) v[i] = shuffled[i];
  }
}

/// 16 bytes of one row; with twice as wide vectors, of this row and the eighth after it.
template <class D>
HWY_INLINE hn::Vec<D> load_rows(D d, const uint8_t* const* row, int64_t at) {
  const hn::FixedTag<uint16_t, 8> block;
  const auto load = [&](const uint8_t* bytes) {
    return hn::LoadU(block, reinterpret_cast<const uint16_t*>(bytes + at));
  };
  if constexpr (hn::MaxLanes(D()) == 16) {
    return hn::Combine(d, load(row[8]), load(row[0]));
  } else {
    return load(row[0]);
  }
}

#endif

void FillStrip(const uint8_t* const* rows, int64_t pixels, uint8_t* HWY_RESTRICT strip) {
  int64_t x = 0;
#if HWY_TARGET != HWY_SCALAR
  // Lanes are 16 bits, so of a pair r0 g0 b0 r1 g1 b1 three: r0 g0, b0 r1 and g1 b1. A vector holds
  // eight lanes of one row, or of the rows i and i + 8. First lanes become rows, and only then
  // the three lanes are sorted into channels.
  const hn::CappedTag<uint16_t, kStripRows> d16;
  using Lanes = hn::Vec<decltype(d16)>;
  const auto even = hn::Set(d16, 0x00FF);
  constexpr int64_t kRows = hn::MaxLanes(hn::CappedTag<uint16_t, kStripRows>());
  for (; x + 16 <= pixels; x += 16) {
    for (int64_t top = 0; top < kStripRows; top += kRows) {
      Lanes lanes[24];  // [8 pairs, 3]
      for (int64_t part = 0; part < 3; ++part) {
        Lanes square[8];
        for (int64_t i = 0; i < 8; ++i) {
          square[i] = load_rows(d16, rows + top + i, 3 * x + 16 * part);
        }
        transpose(d16, square);
        for (int64_t i = 0; i < 8; ++i) lanes[8 * part + i] = square[i];
      }
      uint8_t* target = strip + x / 2 * kPairBytes + 2 * top;
      for (int64_t pair = 0; pair < 8; ++pair, target += kPairBytes) {
        const Lanes rg = lanes[3 * pair], br = lanes[3 * pair + 1], gb = lanes[3 * pair + 2];
        const Lanes r = hn::Or(hn::And(even, rg), hn::AndNot(even, br));
        const Lanes g = hn::Or(hn::ShiftRight<8>(rg), hn::ShiftLeft<8>(gb));
        const Lanes b = hn::Or(hn::And(even, br), hn::AndNot(even, gb));
        hn::Store(r, d16, reinterpret_cast<uint16_t*>(target));
        hn::Store(g, d16, reinterpret_cast<uint16_t*>(target + 2 * kStripRows));
        hn::Store(b, d16, reinterpret_cast<uint16_t*>(target + 4 * kStripRows));
      }
    }
  }
#endif
  for (; x < pixels; ++x) put_pixel(rows, x, strip);
  if (pixels % 2 == 0) return;
  uint8_t* partner = strip + pixels / 2 * kPairBytes + 1;
  for (int64_t i = 0; i < kColumnBytes; ++i) partner[2 * i] = 0;
}

void MixColumns(const uint8_t* HWY_RESTRICT strip, const ColumnTaps& taps,
                uint8_t* HWY_RESTRICT mixed) {
  for (int64_t column = 0; column < taps.columns(); ++column, mixed += kColumnBytes) {
    const int32_t* HWY_RESTRICT weights = taps.weights.data() + column * taps.stride * 2;
    const uint8_t* HWY_RESTRICT window = strip + taps.start[column] * kPairBytes;
    const int64_t pairs = taps.count[column];
#if HWY_TARGET == HWY_SCALAR
    for (int64_t i = 0; i < kColumnBytes; ++i) {
      int32_t sum = 0;
      for (int64_t k = 0; k < pairs; ++k) {
        const uint8_t* pair = window + k * kPairBytes + 2 * i;
        for (int j = 0; j < 2; ++j) {
          const auto high = static_cast<int16_t>(weights[2 * k] >> 16 * j);
          const auto low = static_cast<int16_t>(weights[2 * k + 1] >> 16 * j);
          sum += (high * 4096 + low) * pair[j];
        }
      }
      mixed[i] = round_and_clamp(sum);
    }
#else
    const hn::CappedTag<int16_t, 32> d16;
    const hn::Rebind<uint8_t, decltype(d16)> d8;
    const hn::Repartition<int32_t, decltype(d16)> d32;
    const hn::Rebind<uint8_t, decltype(d32)> d_out;
    using Sum = hn::Vec<decltype(d32)>;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d16));
    // Three vectors at a time: their sums fit into the registers of every instruction set.
    for (int64_t i = 0; i < kPairBytes; i += 3 * lanes) {
      Sum high0 = hn::Zero(d32), high1 = high0, high2 = high0;
      Sum low0 = high0, low1 = high0, low2 = high0;
      Sum high_rest0 = high0, high_rest1 = high0, high_rest2 = high0;
      Sum low_rest0 = high0, low_rest1 = high0, low_rest2 = high0;
      const uint8_t* HWY_RESTRICT pair = window + i;
      for (int64_t k = 0; k < pairs; ++k, pair += kPairBytes) {
        const auto high = hn::BitCast(d16, hn::Set(d32, weights[2 * k]));
        const auto low = hn::BitCast(d16, hn::Set(d32, weights[2 * k + 1]));
        const auto v0 = hn::PromoteTo(d16, hn::LoadU(d8, pair));
        const auto v1 = hn::PromoteTo(d16, hn::LoadU(d8, pair + lanes));
        const auto v2 = hn::PromoteTo(d16, hn::LoadU(d8, pair + 2 * lanes));
        high0 = hn::ReorderWidenMulAccumulate(d32, high, v0, high0, high_rest0);
        high1 = hn::ReorderWidenMulAccumulate(d32, high, v1, high1, high_rest1);
        high2 = hn::ReorderWidenMulAccumulate(d32, high, v2, high2, high_rest2);
        low0 = hn::ReorderWidenMulAccumulate(d32, low, v0, low0, low_rest0);
        low1 = hn::ReorderWidenMulAccumulate(d32, low, v1, low1, low_rest1);
        low2 = hn::ReorderWidenMulAccumulate(d32, low, v2, low2, low_rest2);
      }
      const auto put = [&](Sum h, Sum h_rest, Sum l, Sum l_rest, int64_t at) {
        const Sum sum = hn::Add(hn::ShiftLeft<12>(hn::RearrangeToOddPlusEven(h, h_rest)),
                                hn::RearrangeToOddPlusEven(l, l_rest));
        const Sum rounded = hn::Add(sum, hn::Set(d32, 1 << (kWeightBits - 1)));
        hn::StoreU(hn::DemoteTo(d_out, hn::ShiftRight<kWeightBits>(rounded)), d_out,
                   mixed + at / 2);
      };
      put(high0, high_rest0, low0, low_rest0, i);
      put(high1, high_rest1, low1, low_rest1, i + lanes);
      put(high2, high_rest2, low2, low_rest2, i + 2 * lanes);
    }
#endif
  }
}

void UnpackRows(const uint8_t* HWY_RESTRICT mixed, int64_t columns, int64_t count,
                uint8_t* HWY_RESTRICT out, int64_t stride) {
  const int64_t bytes = 3 * columns;
  int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<uint8_t, kStripRows> d8;
  for (; i + kStripRows <= bytes; i += kStripRows) {
    hn::Vec<decltype(d8)> square[kStripRows];
    for (int64_t k = 0; k < kStripRows; ++k) {
      square[k] = hn::LoadU(d8, mixed + (i + k) * kStripRows);
    }
    transpose(d8, square);
    for (int64_t row = 0; row < count; ++row) {
      hn::StoreU(square[row], d8, out + row * stride + i);
    }
  }
#endif
  for (; i < bytes; ++i) {
    for (int64_t row = 0; row < count; ++row) out[row * stride + i] = mixed[i * kStripRows + row];
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

HWY_EXPORT(FillStrip);
HWY_EXPORT(MixColumns);
HWY_EXPORT(UnpackRows);
HWY_EXPORT(MixRows);

void fill_strip(const uint8_t* const* rows, int64_t pixels, uint8_t* strip) {
  HWY_DYNAMIC_DISPATCH(FillStrip)(rows, pixels, strip);
}

void mix_columns(const uint8_t* strip, const ColumnTaps& taps, uint8_t* mixed) {
  HWY_DYNAMIC_DISPATCH(MixColumns)(strip, taps, mixed);
}

void unpack_rows(const uint8_t* mixed, int64_t columns, int64_t count, uint8_t* out,
                 int64_t stride) {
  HWY_DYNAMIC_DISPATCH(UnpackRows)(mixed, columns, count, out, stride);
}

void mix_rows(const uint8_t* rows, int64_t stride, const int32_t* weights, int64_t count,
              int64_t bytes, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(MixRows)(rows, stride, weights, count, bytes, out);
}

}  // namespace puente::image_detail
#endif
