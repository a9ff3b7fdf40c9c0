#include "image/exif.h"

#include <cstdint>
#include <utility>

#include "image/bytes.h"

namespace puente::image_detail {

int exif_orientation(std::span<const std::byte> block) {
  const bool little = has_text(block, 0, "II");
  if (block.size() < 8 || (!little && !has_text(block, 0, "MM"))) return 1;
  const auto word = [&](size_t at) { return little ? little16(block, at) : big16(block, at); };
  const auto dword = [&](size_t at) { return little ? little32(block, at) : big32(block, at); };
  const size_t directory = dword(4);
  if (directory > block.size() || block.size() - directory < 2) return 1;
  const size_t entries = word(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > block.size()) return 1;
    if (word(entry) != 0x0112) continue;
    // The standard says SHORT; some programs write LONG.
    const uint32_t type = word(entry + 2);
    const uint32_t value = type == 3 ? word(entry + 8) : type == 4 ? dword(entry + 8) : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const int64_t w = image.width;
  const int64_t h = image.height;
  const bool turned = orientation >= 5;  // rows become columns
  // Target pixel (x, y) is source pixel first + x * across + y * down, in pixels.
  int64_t first = 0, across = 1, down = w;
  switch (orientation) {
    case 2:
      first = w - 1, across = -1, down = w;
      break;
    case 3:
      first = w * h - 1, across = -1, down = -w;
      break;
    case 4:
      first = w * (h - 1), across = 1, down = -w;
      break;
    case 5:
      first = 0, across = w, down = 1;
      break;
    case 6:
      first = w * (h - 1), across = -w, down = 1;
      break;
    case 7:
      first = w * h - 1, across = -w, down = -1;
      break;
    case 8:
      first = w - 1, across = w, down = -1;
      break;
  }
  Image result;
  result.width = static_cast<int>(turned ? h : w);
  result.height = static_cast<int>(turned ? w : h);
  result.rgb.resize(image.rgb.size());
  uint8_t* target = result.rgb.data();
  for (int64_t y = 0; y < result.height; ++y) {
    int64_t source = first + y * down;
    for (int64_t x = 0; x < result.width; ++x, source += across) {
      const uint8_t* pixel = image.rgb.data() + 3 * source;
      *target++ = pixel[0];
      *target++ = pixel[1];
      *target++ = pixel[2];
    }
  }
  return result;
}

}  // namespace puente::image_detail
