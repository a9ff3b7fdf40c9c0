// From an Image to what a vision encoder eats: resize, crop, scale, normalise, as transformers'
// image processors do it:
// - the shortest edge becomes `size`, the other int(size * long / short) (truncated);
// - the crop starts at floor((edge - crop) / 2); where the picture is smaller than the crop, that
//   is negative and black borders fill the crop (they are normalised like pixels). torchvision's
//   CenterCrop rounds half to even instead, which is one pixel further where edge - crop is 3, 7,
//   11, ...; transformers 4.40 itself loses a row where a border is odd;
// - pixels are scaled in double, rounded to float, and normalised in float.
#pragma once

#include <span>

#include "image/image.h"
#include "image/pixel_recipe.h"

namespace puente {

/// The 8-bit pixels after resize and crop: what Pillow gives.
Image resize_and_crop(const Image& image, const PixelRecipe& recipe);

/// The same of a picture whose true size is `full` and which `image` shows in its `box`, at another
/// scale (Jpeg::scaled): sizes and the crop follow the true size.
Image resize_and_crop(const Image& image, const Box& box, Extent full, const PixelRecipe& recipe);

/// 8-bit pixels of the recipe's height and width to [3, height, width] float32.
void normalise(const Image& cropped, const PixelRecipe& recipe, std::span<float> pixels);

/// Both: writes [3, height, width] float32 into `pixels`, whose size must be 3 * height() *
/// width().
void preprocess(const Image& image, const PixelRecipe& recipe, std::span<float> pixels);

}  // namespace puente
