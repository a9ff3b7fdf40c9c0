// The last step before an encoder: bytes to normalised floats, and RGB pixels to planes.
#pragma once

#include <array>
#include <cstdint>

namespace puente::image_detail {

/// A byte v of channel c becomes (float(v * scale) - mean[c]) / std[c]: scaled in double, then
/// float. A mean of 0 and a std of 1 change nothing.
struct PixelValues {
  double scale = 1;
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};

  float of(uint8_t v, int64_t c) const {
    return (static_cast<float>(v * scale) - mean[c]) / std[c];
  }
};

/// rgb [pixels, 3] -> planes [3, pixels].
void to_planes(const uint8_t* rgb, int64_t pixels, const PixelValues& values, float* planes);

}  // namespace puente::image_detail
