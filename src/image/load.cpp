#include "image/load.h"

#include <utility>

#include "base/error.h"
#include "image/codec.h"
#include "image/decode.h"
#include "image/exif.h"
#include "image/preprocess.h"

namespace puente {
namespace {

using namespace image_detail;

constexpr int kLargestDivisor = 8;

Image load_scaled(Bytes bytes, const PixelRecipe& recipe, Exif exif) {
  const JpegHeader header = jpeg_header(bytes);
  const int orientation = exif == Exif::rotate ? header.orientation : 1;
  const Turn turn = turn_of(orientation);
  Extent full = header.size;
  if (turn.swaps_axes) std::swap(full.width, full.height);
  const int divisor = jpeg_divisor(full, recipe);
  const Image image = upright(decode_jpeg(bytes, divisor).image, orientation);
  // The last squares were only partly covered, and a turn may have brought them to the front.
  const double width = static_cast<double>(full.width) / divisor;
  const double height = static_cast<double>(full.height) / divisor;
  const double left = turn.mirrors_x ? image.width - width : 0;
  const double top = turn.mirrors_y ? image.height - height : 0;
  return resize_and_crop(image, {left, top, left + width, top + height}, full, recipe);
}

}  // namespace

int jpeg_divisor(Extent picture, const PixelRecipe& recipe) {
  if (recipe.filter == Filter::nearest) return 1;
  const Extent target = resized_extent(picture, recipe);
  int divisor = kLargestDivisor;
  while (divisor > 1 && (picture.width < 2 * divisor * target.width ||
                         picture.height < 2 * divisor * target.height)) {
    divisor /= 2;
  }
  return divisor;
}

Image load_cropped(std::span<const std::byte> bytes, const std::string& name,
                   const PixelRecipe& recipe, LoadOptions options) {
  if (options.jpeg == Jpeg::exact || kind_of(bytes) != Kind::jpeg) {
    return resize_and_crop(decode_image(bytes, name, options.exif), recipe);
  }
  try {
    return load_scaled(bytes, recipe, options.exif);
  } catch (const BadPicture& problem) {
    fail("{}: {}", name, problem.what());
  }
}

void load_pixels(std::span<const std::byte> bytes, const std::string& name,
                 const PixelRecipe& recipe, LoadOptions options, std::span<float> pixels) {
  normalise(load_cropped(bytes, name, recipe, options), recipe, pixels);
}

}  // namespace puente
