// The inner loops of resize(), compiled for several instruction sets and chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "puente/matrix.h"

namespace puente::image_detail {

/// Weights and reads are padded to this many pixels; the padding's weights are zero.
inline constexpr int64_t kTapBlock = 16;

/// The windows of a run of output columns. A weight is high * 2^12 + low with low in
/// [-2^11, 2^11), so that 16-bit multiply-add instructions give the exact 32-bit sum:
/// |low| <= |weight|, hence 255 * sum |low| stays as far below 2^31 as the whole sum does.
struct ColumnTaps {
  int64_t stride = 0;           // of high and low, a multiple of kTapBlock
  std::vector<int64_t> start;   // [columns], relative to the row that is passed in
  std::vector<int64_t> count;   // [columns]
  AlignedVector<int16_t> high;  // [columns, stride]
  AlignedVector<int16_t> low;   // [columns, stride]

  int64_t columns() const { return static_cast<int64_t>(start.size()); }
};

/// One row of `pixels` RGB pixels -> out [columns, 3]. `planes` is working space of
/// 3 * plane_size(pixels) bytes.
void resize_row(const uint8_t* rgb, int64_t pixels, const ColumnTaps& taps, uint8_t* planes,
                uint8_t* out);
inline int64_t plane_size(int64_t pixels) { return pixels + kTapBlock; }

/// out[i] = the weighted mean of `count` rows at rows + k * stride, for i in [0, bytes).
void mix_rows(const uint8_t* rows, int64_t stride, const int32_t* weights, int64_t count,
              int64_t bytes, uint8_t* out);

}  // namespace puente::image_detail
