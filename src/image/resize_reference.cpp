#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "image/resize.h"
#include "image/weights.h"

namespace puente {
namespace {

using image_detail::Axis;
using image_detail::kWeightBits;

/// One pass over lines of pixels that lie `step` bytes apart, giving `output` pixels each.
void resize_lines(const uint8_t* from, int64_t from_step, int64_t from_line, uint8_t* to,
                  int64_t to_step, int64_t to_line, Axis& axis, int64_t output, int64_t lines) {
  std::vector<int32_t> weights;
  for (int64_t i = 0; i < output; ++i) {
    axis.weights(i, weights);
    const int64_t start = axis.window(i).start;
    for (int64_t line = 0; line < lines; ++line) {
      for (int c = 0; c < 3; ++c) {
        int64_t sum = 1 << (kWeightBits - 1);
        for (size_t k = 0; k < weights.size(); ++k) {
          const int64_t at = line * from_line + (start + static_cast<int64_t>(k)) * from_step + c;
          sum += int64_t{weights[k]} * from[at];
        }
        to[line * to_line + i * to_step + c] =
            static_cast<uint8_t>(std::clamp<int64_t>(sum >> kWeightBits, 0, 255));
      }
    }
  }
}

}  // namespace

Image resize_reference(const Image& image, int width, int height, Filter filter) {
  return resize_reference(image, whole_box(image), width, height, filter);
}

Image resize_reference(const Image& image, const Box& box, int width, int height, Filter filter) {
  PUENTE_ASSERT(image.width > 0 && image.height > 0 && width > 0 && height > 0);
  Image result = image;
  if (filter == Filter::nearest) {
    const auto xs = image_detail::nearest_pixels(image.width, width, 0, width);
    const auto ys = image_detail::nearest_pixels(image.height, height, 0, height);
    result = {width, height, std::vector<uint8_t>(size_t{3} * width * height)};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < 3 * width; ++x) {
        const size_t source = 3 * static_cast<size_t>(ys[y] * image.width + xs[x / 3]) + x % 3;
        result.rgb[size_t{3} * width * y + x] = image.rgb[source];
      }
    }
    return result;
  }
  Axis x(image.width, box.left, box.right, width, filter);
  Axis y(image.height, box.top, box.bottom, height, filter);
  if (!x.is_identity()) {
    result = {width, image.height, std::vector<uint8_t>(size_t{3} * width * image.height)};
    resize_lines(image.rgb.data(), 3, 3 * int64_t{image.width}, result.rgb.data(), 3,
                 3 * int64_t{width}, x, width, image.height);
  }
  if (!y.is_identity()) {
    const Image across = std::move(result);
    result = {width, height, std::vector<uint8_t>(size_t{3} * width * height)};
    resize_lines(across.rgb.data(), 3 * int64_t{width}, 3, result.rgb.data(), 3 * int64_t{width}, 3,
                 y, height, width);
  }
  return result;
}

}  // namespace puente
