#include "image/preprocess.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace puente {
namespace {

/// Where one axis of the crop lies: `length` pixels from `start` of the resized picture go to `to`
/// of the result, which has `size`; the rest of it is border.
struct Crop {
  int64_t start = 0;
  int64_t to = 0;
  int64_t length = 0;
  int size = 0;
};

Crop centre(int64_t edge, int crop) {
  if (crop <= 0) return {0, 0, edge, static_cast<int>(edge)};
  if (edge >= crop) return {(edge - crop) / 2, 0, crop, crop};
  return {0, (crop - edge + 1) / 2, edge, crop};
}

}  // namespace

Image resize_and_crop(const Image& image, const PixelRecipe& recipe) {
  return resize_and_crop(image, whole_box(image), {image.width, image.height}, recipe);
}

Image resize_and_crop(const Image& image, const Box& box, Extent full, const PixelRecipe& recipe) {
  PUENTE_ASSERT(image.width > 0 && image.height > 0);
  PUENTE_ASSERT(image.rgb.size() == 3 * static_cast<size_t>(image.width) * image.height);
  const Extent extent = resized_extent(full, recipe);
  const Crop x = centre(extent.width, recipe.crop_width);
  const Crop y = centre(extent.height, recipe.crop_height);
  const Region region{x.start, y.start, static_cast<int>(x.length), static_cast<int>(y.length)};
  Image inside = resize(image, box, extent, recipe.filter, region);
  if (x.length == x.size && y.length == y.size) return inside;

  Image result{x.size, y.size, std::vector<uint8_t>(3 * static_cast<size_t>(x.size) * y.size)};
  for (int64_t row = 0; row < y.length; ++row) {
    std::memcpy(result.rgb.data() + 3 * ((y.to + row) * x.size + x.to),
                inside.rgb.data() + 3 * row * x.length, static_cast<size_t>(3 * x.length));
  }
  return result;
}

void preprocess(const Image& image, const PixelRecipe& recipe, std::span<float> pixels) {
  normalise(resize_and_crop(image, recipe), recipe, pixels);
}

void normalise(const Image& cropped, const PixelRecipe& recipe, std::span<float> pixels) {
  const size_t plane = static_cast<size_t>(recipe.height()) * recipe.width();
  PUENTE_ASSERT(plane > 0 && pixels.size() == 3 * plane);
  PUENTE_ASSERT(cropped.rgb.size() == pixels.size());
  const bool has_mean = recipe.std[0] != 0 || recipe.std[1] != 0 || recipe.std[2] != 0;
  for (size_t c = 0; c < 3; ++c) {
    std::array<float, 256> values;
    for (int v = 0; v < 256; ++v) {
      const auto scaled = static_cast<float>(v * recipe.scale);
      values[v] = has_mean ? (scaled - recipe.mean[c]) / recipe.std[c] : scaled;
    }
    float* target = pixels.data() + c * plane;
    for (size_t i = 0; i < plane; ++i) target[i] = values[cropped.rgb[3 * i + c]];
  }
}

}  // namespace puente
