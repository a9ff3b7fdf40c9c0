// From a picture file to what a vision encoder eats, in one step, because the best way to decode
// depends on what the picture is made into: a JPEG is made smaller while it is decoded, and only
// the columns under the crop are.
//
// Jpeg::exact gives what decode_image and preprocess give, to the last bit. Jpeg::scaled lets a
// JPEG's inverse transform do a part of the averaging: the file is decoded at 1/8, 1/4 or 1/2 of
// its size, the smallest that is still at least twice the resized picture on both axes; a picture
// that is not made at least four times smaller is decoded exactly, and so are other formats, and
// all pictures under the nearest filter. Sizes, crop and the position of every pixel are those of
// the exact way; values differ a little, because the mean over a square is not the filter's mean
// (tests/image/load_test.cpp holds how much).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "image/image.h"
#include "image/image_reading.h"
#include "image/pixel_recipe.h"

namespace puente {

struct LoadOptions {
  Exif exif = Exif::rotate;
  Jpeg jpeg = Jpeg::exact;
  ImageReading reading = {};
};

/// Decodes a file's bytes and preprocesses them: [3, height, width] float32 into `pixels`, whose
/// size must be 3 * height() * width(). `name` stands in error messages; UserError as decode_image.
void load_pixels(std::span<const std::byte> bytes, const std::string& name,
                 const PixelRecipe& recipe, const LoadOptions& options, std::span<float> pixels);

/// The 8-bit pixels before scaling and normalisation, and the size of the whole picture, upright.
struct LoadedPicture {
  Image cropped;
  Extent size;
};
LoadedPicture load_picture(std::span<const std::byte> bytes, const std::string& name,
                           const PixelRecipe& recipe, const LoadOptions& options);
/// Its pixels alone.
Image load_cropped(std::span<const std::byte> bytes, const std::string& name,
                   const PixelRecipe& recipe, const LoadOptions& options);

/// By what a JPEG of that size is divided for that recipe under Jpeg::scaled: 1, 2, 4 or 8.
int jpeg_divisor(Extent picture, const PixelRecipe& recipe);

}  // namespace puente
