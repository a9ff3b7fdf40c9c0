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

Turn turn_of(int orientation) {
  switch (orientation) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:
      return {true, true, false};
    case 7:
      return {true, true, true};
    case 8:
      return {true, false, true};
    default:
      return {};
  }
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const Turn turn = turn_of(orientation);
  const int64_t w = image.width;
  const int64_t h = image.height;
  // Along the new axes, the source moves by a pixel or by a row, forwards or backwards.
  const int64_t length_x = turn.swaps_axes ? h : w;
  const int64_t length_y = turn.swaps_axes ? w : h;
  int64_t across = turn.swaps_axes ? w : 1;
  int64_t down = turn.swaps_axes ? 1 : w;
  int64_t first = 0;
  if (turn.mirrors_x) first += (length_x - 1) * across, across = -across;
  if (turn.mirrors_y) first += (length_y - 1) * down, down = -down;
  Image result;
  result.width = static_cast<int>(length_x);
  result.height = static_cast<int>(length_y);
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
