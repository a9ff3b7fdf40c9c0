#include "image/resize.h"

#include <algorithm>

#include "base/error.h"
#include "image/resize_stream.h"
#include "image/weights.h"

namespace puente {
namespace {

using namespace image_detail;

void check_region(Extent size, Region region) {
  PUENTE_ASSERT(region.width > 0 && region.height > 0);
  PUENTE_ASSERT(region.left >= 0 && region.left + region.width <= size.width);
  PUENTE_ASSERT(region.top >= 0 && region.top + region.height <= size.height);
}

Image resize_nearest(const Image& image, Extent size, Region region) {
  const auto xs = nearest_pixels(image.width, size.width, region.left, region.width);
  const auto ys = nearest_pixels(image.height, size.height, region.top, region.height);
  Image result{region.width, region.height, {}};
  result.rgb.reserve(3 * xs.size() * ys.size());
  for (int64_t y : ys) {
    for (int64_t x : xs) {
      const uint8_t* pixel = image.rgb.data() + 3 * (y * image.width + x);
      result.rgb.insert(result.rgb.end(), pixel, pixel + 3);
    }
  }
  return result;
}

}  // namespace

Image resize(const Image& image, const Box& box, Extent size, Filter filter, Region region) {
  PUENTE_ASSERT(image.width > 0 && image.height > 0);
  check_region(size, region);
  if (filter == Filter::nearest) {
    PUENTE_ASSERT(box == whole_box(image));
    return resize_nearest(image, size, region);
  }
  Image result{region.width, region.height, {}};
  result.rgb.resize(3 * static_cast<size_t>(region.width) * region.height);
  const Extent input{image.width, image.height};
  const int64_t columns = ResizeStream::columns_at_once(input, box, size, filter);
  for (int64_t x = 0; x < region.width; x += columns) {
    const int64_t count = std::min<int64_t>(columns, region.width - x);
    const Region part{region.left + x, region.top, static_cast<int>(count), region.height};
    ResizeStream stream(input, box, size, filter, part, result.rgb.data() + 3 * x,
                        3 * int64_t{region.width});
    const int64_t stride = 3 * int64_t{image.width};
    for (int64_t y = stream.first_row(); y < stream.end_row(); y += kStripRows) {
      stream.add(image.rgb.data() + y * stride + 3 * stream.first_column(), stride,
                 std::min(kStripRows, stream.end_row() - y));
    }
  }
  return result;
}

Image resize(const Image& image, Extent size, Filter filter, Region region) {
  return resize(image, whole_box(image), size, filter, region);
}

Image resize(const Image& image, int width, int height, Filter filter) {
  return resize(image, {width, height}, filter, {0, 0, width, height});
}

}  // namespace puente
