#include "image/preprocess.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "image/crop.h"
#include "image/to_planes.h"

namespace puente {
namespace {

/// One axis of the crop: `length` pixels from `start` of the resized picture go to `to` of the
/// result, which has `size`; the rest of it is border.
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

image_detail::CropPlan image_detail::plan_crop(Extent picture, const PixelRecipe& recipe) {
  const Extent resized = resized_extent(picture, recipe);
  const Crop x = centre(resized.width, recipe.crop_width);
  const Crop y = centre(resized.height, recipe.crop_height);
  const Region region{x.start, y.start, static_cast<int>(x.length), static_cast<int>(y.length)};
  return {resized, region, x.size, y.size, x.to, y.to};
}

Image resize_and_crop(const Image& image, const PixelRecipe& recipe) {
  return resize_and_crop(image, whole_box(image), {image.width, image.height}, recipe);
}

Image resize_and_crop(const Image& image, const Box& box, Extent full, const PixelRecipe& recipe) {
  PUENTE_ASSERT(image.width > 0 && image.height > 0);
  PUENTE_ASSERT(image.rgb.size() == 3 * static_cast<size_t>(image.width) * image.height);
  const image_detail::CropPlan plan = image_detail::plan_crop(full, recipe);
  Image inside = resize(image, box, plan.resized, recipe.filter, plan.region);
  if (inside.width == plan.width && inside.height == plan.height) return inside;

  Image result{plan.width, plan.height, {}};
  result.rgb.resize(static_cast<size_t>(plan.stride() * plan.height));
  for (int64_t row = 0; row < inside.height; ++row) {
    std::memcpy(result.rgb.data() + plan.offset() + row * plan.stride(),
                inside.rgb.data() + 3 * row * inside.width, static_cast<size_t>(3 * inside.width));
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
  image_detail::PixelValues values{recipe.scale};
  if (recipe.std != std::array<float, 3>{}) {
    values.mean = recipe.mean;
    values.std = recipe.std;
  }
  image_detail::to_planes(cropped.rgb.data(), static_cast<int64_t>(plane), values, pixels.data());
}

}  // namespace puente
