// Image: decoded pixels, 8-bit RGB, row-major [height, width, 3].
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace puente {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]

  bool operator==(const Image&) const = default;
};

/// What to do with the orientation that a camera wrote beside the picture.
enum class Exif { rotate, ignore };

constexpr std::string_view name_of(Exif exif) { return exif == Exif::rotate ? "rotate" : "ignore"; }

/// How a JPEG that will be made much smaller is decoded: every pixel first, or at once at a half, a
/// quarter or an eighth of its size, which is faster and not quite the same.
enum class Jpeg { exact, scaled };

constexpr std::string_view name_of(Jpeg jpeg) { return jpeg == Jpeg::exact ? "exact" : "scaled"; }

}  // namespace puente
