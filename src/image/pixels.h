// From stored samples to 8-bit RGB, the arithmetic that the formats share.
#pragma once

#include <array>
#include <cstdint>

namespace puente::image_detail {

/// round(v / 257): the whole range of 16 bits onto the whole range of 8.
inline uint8_t scale16(uint32_t v) { return static_cast<uint8_t>((v + 128) / 257); }

/// Writes the three bytes of one gray pixel.
inline void put_gray(uint8_t* rgb, uint8_t v) { rgb[0] = rgb[1] = rgb[2] = v; }

/// round(a * b / 255) in integers.
inline uint32_t multiply255(uint32_t a, uint32_t b) {
  const uint32_t t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

/// Ink (0 none, 255 full) to light, one pixel, as Pillow: without a colour profile.
inline void put_cmyk(uint8_t* rgb, uint8_t c, uint8_t m, uint8_t y, uint8_t k) {
  const uint32_t light = 255u - k;
  rgb[0] = static_cast<uint8_t>(light - multiply255(c, light));
  rgb[1] = static_cast<uint8_t>(light - multiply255(m, light));
  rgb[2] = static_cast<uint8_t>(light - multiply255(y, light));
}

/// Sample `i` of a row packed `bits` (1, 2, 4 or 8) to the sample, high bits first.
inline uint8_t packed_sample(const uint8_t* row, int64_t i, int bits) {
  const int64_t bit = i * bits;
  return static_cast<uint8_t>(row[bit >> 3] >> (8 - bits - (bit & 7)) & ((1 << bits) - 1));
}

/// What one step of a gray sample of 1, 2, 4 or 8 bits is in 8 bits.
inline uint8_t gray_step(int bits) { return static_cast<uint8_t>(255 / ((1 << bits) - 1)); }

using Palette = std::array<std::array<uint8_t, 3>, 256>;

}  // namespace puente::image_detail
