#include "image/resize.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "image/resize_kernels.h"
#include "image/weights.h"

namespace puente {
namespace {

using namespace image_detail;

/// Working memory that a strip of columns may take, beyond one column.
constexpr int64_t kWorkBytes = int64_t{64} << 20;

/// The inputs under a run of outputs: [begin, end).
std::pair<int64_t, int64_t> span_of(const Axis& axis, int64_t first, int64_t count) {
  const Window last = axis.window(first + count - 1);
  return {axis.window(first).start, last.start + last.count};
}

ColumnTaps column_taps(Axis& axis, int64_t first, int64_t columns, int64_t origin) {
  ColumnTaps taps;
  taps.stride = (axis.widest() + kTapBlock - 1) / kTapBlock * kTapBlock;
  taps.start.resize(static_cast<size_t>(columns));
  taps.count.resize(taps.start.size());
  taps.high.assign(static_cast<size_t>(columns * taps.stride), 0);
  taps.low.assign(taps.high.size(), 0);
  std::vector<int32_t> weights;
  for (int64_t i = 0; i < columns; ++i) {
    axis.weights(first + i, weights);
    taps.start[i] = axis.window(first + i).start - origin;
    taps.count[i] = static_cast<int64_t>(weights.size());
    for (size_t k = 0; k < weights.size(); ++k) {
      const int32_t high = (weights[k] + 2048) >> 12;
      taps.high[i * taps.stride + k] = static_cast<int16_t>(high);
      taps.low[i * taps.stride + k] = static_cast<int16_t>(weights[k] - high * 4096);
    }
  }
  return taps;
}

/// Rows [begin, end) of `image` -> columns [first, first + columns) of the horizontal pass.
void horizontal_pass(const Image& image, Axis& axis, int64_t begin, int64_t end, int64_t first,
                     int64_t columns, std::vector<uint8_t>& rows) {
  const auto [left, right] = span_of(axis, first, columns);
  const ColumnTaps taps = column_taps(axis, first, columns, left);
  std::vector<uint8_t> planes(static_cast<size_t>(3 * plane_size(right - left)));
  rows.resize(static_cast<size_t>(3 * columns * (end - begin)));
  for (int64_t y = begin; y < end; ++y) {
    const uint8_t* row = image.rgb.data() + 3 * (y * image.width + left);
    resize_row(row, right - left, taps, planes.data(), rows.data() + 3 * columns * (y - begin));
  }
}

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
  Axis across(image.width, box.left, box.right, size.width, filter);
  Axis down(image.height, box.top, box.bottom, size.height, filter);
  const bool keep_width = across.is_identity();
  const bool keep_height = down.is_identity();
  const auto [begin, end] =
      keep_height ? std::pair<int64_t, int64_t>(region.top, region.top + region.height)
                  : span_of(down, region.top, region.height);
  Image result{region.width, region.height, {}};
  result.rgb.resize(3 * static_cast<size_t>(region.width) * region.height);

  // Strips of columns, so that a picture a thousand times as tall as wide does not blow up.
  const int64_t column_bytes = 3 * (end - begin) + (keep_width ? 0 : 4 * across.widest());
  const int64_t strip = std::clamp<int64_t>(kWorkBytes / column_bytes, 1, region.width);
  std::vector<uint8_t> rows;
  std::vector<int32_t> weights;
  for (int64_t x = 0; x < region.width; x += strip) {
    const int64_t columns = std::min<int64_t>(strip, region.width - x);
    const uint8_t* source = image.rgb.data() + 3 * (begin * image.width + region.left + x);
    int64_t stride = 3 * int64_t{image.width};
    if (!keep_width) {
      horizontal_pass(image, across, begin, end, region.left + x, columns, rows);
      source = rows.data();
      stride = 3 * columns;
    }
    for (int64_t y = 0; y < region.height; ++y) {
      uint8_t* target = result.rgb.data() + 3 * (y * region.width + x);
      if (keep_height) {
        std::memcpy(target, source + y * stride, static_cast<size_t>(3 * columns));
        continue;
      }
      const Window window = down.window(region.top + y);
      down.weights(region.top + y, weights);
      mix_rows(source + (window.start - begin) * stride, stride, weights.data(), window.count,
               3 * columns, target);
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
