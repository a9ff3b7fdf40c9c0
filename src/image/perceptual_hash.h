// A picture as some bits that stay nearly the same when it is compressed again, resized or made
// brighter: the "pHash" of Zauner 2010 (Implementation and Benchmarking of Perceptual Image Hash
// Functions, 3.2.1), with the numbers of Python's ImageHash (phash(image) and phash(image, 24)):
// Pillow's gray, Pillow's Lanczos to 4 S x 4 S, the S x S lowest frequencies of a DCT-II, each bit
// telling whether its coefficient is above their median. Row by row, the lowest frequency is the
// highest bit of the first number, as in the hexadecimal text that ImageHash writes. Mirrored,
// turned or strongly cropped pictures have other bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "image/image.h"

namespace puente {

struct PerceptualHash {
  uint64_t coarse = 0;             // S = 8: to find what may be alike
  std::array<uint64_t, 9> fine{};  // S = 24: to tell whether it is

  bool operator==(const PerceptualHash&) const = default;
};

/// Of a picture of any size but zero. Coefficients under 1e-6 count as 0, so that plain pictures
/// are alike.
PerceptualHash perceptual_hash(const Image& image);

}  // namespace puente
