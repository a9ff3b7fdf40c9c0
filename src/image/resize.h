// Pillow's Image.resize for 8-bit RGB, to the last bit. Pillow's arithmetic:
// - per axis, each output pixel is a weighted mean of the input pixels under a window as wide as
//   the filter's support times the scale (at least times 1): that is the antialiasing;
// - the weights are made in double, normalised to a sum of 1, and rounded to 22 fraction bits;
// - a horizontal pass, rounded and clamped to 8 bits, and then a vertical pass likewise; a pass
//   whose axis keeps its size is left out;
// - `nearest` takes the pixel under the centre, no mean.
#pragma once

#include <cstdint>

#include "image/image.h"

namespace puente {

enum class Filter { nearest, bilinear, bicubic, lanczos };

/// A size in pixels that may be far larger than what is ever computed of it.
struct Extent {
  int64_t width = 0;
  int64_t height = 0;
};

/// The part of a resized picture that is wanted, wholly inside it.
struct Region {
  int64_t left = 0;
  int64_t top = 0;
  int width = 0;
  int height = 0;
};

/// The part of the source that a resize stretches over its target, in pixels and fractions of them.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool operator==(const Box&) const = default;
};

inline Box whole_box(const Image& image) {
  return {0, 0, static_cast<double>(image.width), static_cast<double>(image.height)};
}

/// The `region` of `image` resized to `size`. Only what the region needs is computed, in memory
/// that does not exceed the picture's own (plus some 64 MB).
Image resize(const Image& image, Extent size, Filter filter, Region region);

/// The same of a part of `image`, as Pillow's `box`: pixels outside the box, but under the filter,
/// still count. `box` lies in the picture, and is all of it where the filter is nearest.
Image resize(const Image& image, const Box& box, Extent size, Filter filter, Region region);

/// The whole of it.
Image resize(const Image& image, int width, int height, Filter filter);

/// The same as plain loops, slow and without limits: what the tests hold resize() to.
Image resize_reference(const Image& image, int width, int height, Filter filter);
Image resize_reference(const Image& image, const Box& box, int width, int height, Filter filter);

}  // namespace puente
