// From an Image to what a vision encoder eats: resize, crop, scale, normalise, as a Hugging Face
// preprocessor_config.json says and transformers' CLIPImageProcessor does it:
// - the shortest edge becomes `size`, the other int(size * long / short) (truncated);
// - the crop starts at floor((edge - crop) / 2); where the picture is smaller than the crop, that
// is
//   negative and black borders fill the crop (they are normalised like pixels). torchvision's
//   CenterCrop rounds half to even instead, which is one pixel further where edge - crop is 3, 7,
//   11, ...; transformers 4.40 itself loses a row where a border is odd;
// - pixels are scaled in double, rounded to float, and normalised in float.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <span>

#include "image/image.h"
#include "image/resize.h"

namespace puente {

struct PixelRecipe {
  /// At most one of the two is used: the shortest edge keeps the aspect ratio, height x width does
  /// not. With neither (do_resize false) the picture goes to the crop as it is.
  std::optional<int> shortest_edge;
  int resize_height = 0;
  int resize_width = 0;
  Filter filter = Filter::bicubic;
  int crop_height = 0;  // 0: no crop
  int crop_width = 0;
  double scale = 1.0 / 255.0;
  std::array<float, 3> mean{};
  std::array<float, 3> std{};  // all zero: no normalisation

  int height() const { return crop_height > 0 ? crop_height : resize_height; }
  int width() const { return crop_width > 0 ? crop_width : resize_width; }
};

/// Reads DIR/preprocessor_config.json, in its old form (size and crop_size are numbers; a number
/// for size is the shortest edge, as CLIP means it) and its new one. A missing key has
/// CLIPImageProcessor's default. UserError names the key that is not understood, and says so where
/// pictures of different shapes would keep different shapes.
PixelRecipe read_pixel_recipe(const std::filesystem::path& folder);

/// The 8-bit pixels after resize and crop: what Pillow gives.
Image resize_and_crop(const Image& image, const PixelRecipe& recipe);

/// Writes [3, height, width] float32 into `pixels`, whose size must be 3 * height() * width().
void preprocess(const Image& image, const PixelRecipe& recipe, std::span<float> pixels);

}  // namespace puente
