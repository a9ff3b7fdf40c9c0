// Image: decoded pixels, 8-bit RGB, row-major [height, width, 3].
#pragma once

#include <cstdint>
#include <vector>

namespace puente {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;
};

enum class Exif { rotate, ignore };

}  // namespace puente
