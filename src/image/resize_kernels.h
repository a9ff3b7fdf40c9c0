// The inner loops of resize(), compiled for several instruction sets and chosen at run time.
//
// The horizontal pass takes kStripRows rows at a time, so that a vector holds the same pixel of
// many rows and no sum across a vector is needed. For that a strip is stored as
//   strip [pairs of pixels, 3 channels, kStripRows rows, 2 pixels of the pair]
// where a pair is the pixels 2p and 2p + 1: 16-bit multiply-add instructions sum pairs. It gives
//   mixed [columns, 3 channels, kStripRows rows]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "puente/matrix.h"

namespace puente::image_detail {

inline constexpr int64_t kStripRows = 16;
/// Bytes of a pair in a strip, and of a column in mixed.
inline constexpr int64_t kPairBytes = 3 * kStripRows * 2;
inline constexpr int64_t kColumnBytes = 3 * kStripRows;

/// The windows of a run of output columns, each made to begin and end with a pair by weights of
/// zero. A weight is high * 2^12 + low with low in [-2^11, 2^11), so that 16-bit multiply-adds give
/// the exact 32-bit sum: |low| <= |weight|, hence 255 * sum |low| stays as far below 2^31 as the
/// whole sum does.
struct ColumnTaps {
  int64_t stride = 0;              // of weights, in pairs
  std::vector<int64_t> start;      // [columns], in pairs
  std::vector<int64_t> count;      // [columns], in pairs
  AlignedVector<int32_t> weights;  // [columns, stride, high and low], two 16-bit weights in each

  int64_t columns() const { return static_cast<int64_t>(start.size()); }
};

inline int64_t strip_bytes(int64_t pixels) { return (pixels + 1) / 2 * kPairBytes; }

/// kStripRows rows of `pixels` RGB pixels -> strip. The partner of an odd last pixel is zero.
void fill_strip(const uint8_t* const* rows, int64_t pixels, uint8_t* strip);

/// strip -> mixed: the weighted mean under each column's window.
void mix_columns(const uint8_t* strip, const ColumnTaps& taps, uint8_t* mixed);

/// mixed -> the first `count` of its rows, RGB again, at out + row * stride.
void unpack_rows(const uint8_t* mixed, int64_t columns, int64_t count, uint8_t* out,
                 int64_t stride);

/// out[i] = the weighted mean of `count` rows at rows + k * stride, for i in [0, bytes).
void mix_rows(const uint8_t* rows, int64_t stride, const int32_t* weights, int64_t count,
              int64_t bytes, uint8_t* out);

}  // namespace puente::image_detail
