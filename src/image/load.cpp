#include "image/load.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/codec.h"
#include "image/crop.h"
#include "image/decode.h"
#include "image/exif.h"
#include "image/jpeg.h"
#include "image/preprocess.h"
#include "image/resize_stream.h"

namespace puente {
namespace {

using namespace image_detail;

constexpr int kLargestDivisor = 8;

/// Where a picture of that size lies in what is decoded at a fraction of it.
Box decoded_box(Extent full, int divisor) {
  return {0, 0, static_cast<double>(full.width) / divisor,
          static_cast<double>(full.height) / divisor};
}

bool fits_one_stream(Extent decoded, Extent full, int divisor, const PixelRecipe& recipe) {
  const CropPlan plan = plan_crop(full, recipe);
  return plan.region.width <= ResizeStream::columns_at_once(decoded, decoded_box(full, divisor),
                                                            plan.resized, recipe.filter);
}

/// Resizes while it decodes: the decoded picture, which may be large, is never whole in memory.
Image load_rows(JpegRows& jpeg, Extent full, int divisor, const PixelRecipe& recipe) {
  const CropPlan plan = plan_crop(full, recipe);
  const Extent size = jpeg.size();
  Image result{plan.width, plan.height, {}};
  result.rgb.resize(static_cast<size_t>(plan.stride() * plan.height));
  ResizeStream stream(size, decoded_box(full, divisor), plan.resized, recipe.filter, plan.region,
                      result.rgb.data() + plan.offset(), plan.stride());
  // A reduced decoding keeps all columns: the reduced transform's cost is small already.
  const int64_t first_column =
      divisor == 1 ? jpeg.keep_columns(stream.first_column(), stream.columns()) : 0;
  const int64_t stride = 3 * jpeg.size().width;
  const int64_t offset = 3 * (stream.first_column() - first_column);
  std::vector<uint8_t> strip(static_cast<size_t>(kStripRows * stride));
  for (int64_t y = 0; y < size.height;) {
    // The rows above and below what is needed have to be decoded, too, to reach those behind.
    const int64_t border = y < stream.first_row() ? stream.first_row()
                           : y < stream.end_row() ? stream.end_row()
                                                  : size.height;
    const int64_t count = std::min(kStripRows, border - y);
    jpeg.read(strip.data(), count);
    if (y >= stream.first_row() && y < stream.end_row())
      stream.add(strip.data() + offset, stride, count);
    y += count;
  }
  jpeg.finish();
  return result;
}

LoadedPicture load_jpeg(Bytes bytes, const PixelRecipe& recipe, const LoadOptions& options) {
  JpegRows jpeg(bytes);
  const int orientation = options.exif == Exif::rotate ? jpeg.orientation() : 1;
  const Turn turn = turn_of(orientation);
  Extent full = jpeg.stored_size();
  if (turn.swaps_axes) std::swap(full.width, full.height);
  const int divisor = options.jpeg == Jpeg::scaled ? jpeg_divisor(full, recipe) : 1;
  jpeg.start(divisor);
  const bool upright_already = orientation == 1 && recipe.filter != Filter::nearest;
  if (upright_already && fits_one_stream(jpeg.size(), full, divisor, recipe)) {
    return {load_rows(jpeg, full, divisor, recipe), full};
  }
  const Image image = upright(read_all(jpeg), orientation);
  Box box = decoded_box(full, divisor);
  // A turn may have brought the last squares, which were only partly covered, to the front.
  if (turn.mirrors_x) box.left = image.width - std::exchange(box.right, image.width);
  if (turn.mirrors_y) box.top = image.height - std::exchange(box.bottom, image.height);
  return {resize_and_crop(image, box, full, recipe), full};
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

LoadedPicture load_picture(std::span<const std::byte> bytes, const std::string& name,
                           const PixelRecipe& recipe, const LoadOptions& options) {
  if (kind_of(bytes) != Kind::jpeg) {
    const Image image = decode_image(bytes, name, options.exif, options.reading);
    return {resize_and_crop(image, recipe), {image.width, image.height}};
  }
  try {
    check_kind(Kind::jpeg, options.reading);
    return load_jpeg(bytes, recipe, options);
  } catch (const BadPicture& problem) {
    fail("{}: {}", name, problem.what());
  }
}

Image load_cropped(std::span<const std::byte> bytes, const std::string& name,
                   const PixelRecipe& recipe, const LoadOptions& options) {
  return load_picture(bytes, name, recipe, options).cropped;
}

void load_pixels(std::span<const std::byte> bytes, const std::string& name,
                 const PixelRecipe& recipe, const LoadOptions& options, std::span<float> pixels) {
  normalise(load_cropped(bytes, name, recipe, options), recipe, pixels);
}

}  // namespace puente
