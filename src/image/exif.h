// The orientation that a camera wrote: finding it in an EXIF block, and turning the pixels.
#pragma once

#include <cstddef>
#include <span>

#include "image/image.h"

namespace puente::image_detail {

/// Reads tag 0x0112 of the first directory of an EXIF block (a TIFF header and what follows it).
/// 1, which means upright, if the tag is absent or the block is not understood.
int exif_orientation(std::span<const std::byte> tiff_block);

/// What upright() does to the axes. Mirrored means that the new axis runs against the stored one.
struct Turn {
  bool swaps_axes = false;
  bool mirrors_x = false;
  bool mirrors_y = false;
};
Turn turn_of(int orientation);

/// The picture as it should be looked at. `orientation` is 1 to 8; anything else leaves it alone.
Image upright(Image image, int orientation);

}  // namespace puente::image_detail
