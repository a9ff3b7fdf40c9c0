// From an Image to what a vision encoder eats: resize, crop, scale, normalise, as a Hugging Face
// preprocessor_config.json says.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <span>

#include "image/image.h"

namespace puente {

enum class Filter { nearest, bilinear, bicubic, lanczos };

struct PixelRecipe {
  /// Exactly one of the two is used: the shortest edge keeps the aspect ratio, height x width does not.
  std::optional<int> shortest_edge;
  int resize_height = 0;
  int resize_width = 0;
  Filter filter = Filter::bicubic;
  int crop_height = 0;  // 0: no crop
  int crop_width = 0;
  float scale = 1.0f / 255.0f;
  std::array<float, 3> mean{};
  std::array<float, 3> std{};  // all zero: no normalisation

  int height() const { return crop_height > 0 ? crop_height : resize_height; }
  int width() const { return crop_width > 0 ? crop_width : resize_width; }
};

/// Reads DIR/preprocessor_config.json. UserError names the key that is missing or not understood.
PixelRecipe read_pixel_recipe(const std::filesystem::path& folder);

/// The 8-bit pixels after resize and crop: what Pillow gives.
Image resize_and_crop(const Image& image, const PixelRecipe& recipe);

/// Writes [3, height, width] float32 into `pixels`, whose size must be 3 * height() * width().
void preprocess(const Image& image, const PixelRecipe& recipe, std::span<float> pixels);

}  // namespace puente
