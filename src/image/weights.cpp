#include "image/weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace puente::image_detail {
namespace {

double triangle(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

/// Keys (1981) with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos3(double x) { return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }

}  // namespace

Axis::Axis(int64_t input, double begin, double end, int64_t output, Filter filter)
    : input_(input), begin_(begin) {
  PUENTE_ASSERT(input > 0 && output > 0 && filter != Filter::nearest);
  PUENTE_ASSERT(0 <= begin && begin < end && end <= static_cast<double>(input));
  is_identity_ = input == output && begin == 0 && end == static_cast<double>(input);
  kernel_ = filter == Filter::bilinear ? triangle : filter == Filter::bicubic ? cubic : lanczos3;
  const double reach = filter == Filter::bilinear ? 1.0 : filter == Filter::bicubic ? 2.0 : 3.0;
  scale_ = (end - begin) / static_cast<double>(output);
  stretch_ = std::max(scale_, 1.0);
  support_ = reach * stretch_;
}

Window Axis::window(int64_t i) const {
  const double centre = begin_ + (static_cast<double>(i) + 0.5) * scale_;
  const auto first = static_cast<int64_t>(centre - support_ + 0.5);
  const auto last = static_cast<int64_t>(centre + support_ + 0.5);
  const int64_t start = std::max<int64_t>(first, 0);
  return {start, std::min(last, input_) - start};
}

void Axis::weights(int64_t i, std::vector<int32_t>& weights) {
  const Window window = this->window(i);
  const double centre = begin_ + (static_cast<double>(i) + 0.5) * scale_;
  const double shrink = 1.0 / stretch_;
  exact_.resize(static_cast<size_t>(window.count));
  double sum = 0.0;
  for (int64_t k = 0; k < window.count; ++k) {
    const double x = static_cast<double>(k + window.start) - centre + 0.5;
    exact_[k] = kernel_(x * shrink);
    sum += exact_[k];
  }
  weights.resize(exact_.size());
  for (size_t k = 0; k < exact_.size(); ++k) {
    const double weight = (sum != 0.0 ? exact_[k] / sum : exact_[k]) * (1 << kWeightBits);
    weights[k] = static_cast<int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
  }
}

int64_t Axis::widest() const {
  return std::min(input_, static_cast<int64_t>(std::ceil(support_)) * 2 + 1);
}

std::vector<int64_t> nearest_pixels(int64_t input, int64_t output, int64_t first, int64_t count) {
  // Pillow adds the step up, pixel by pixel, and the rounding of that decides at borders.
  const double step = static_cast<double>(input) / static_cast<double>(output);
  double position = step * 0.5;
  if (first <= 100'000'000) {
    for (int64_t i = 0; i < first; ++i) position += step;
  } else {
    position += static_cast<double>(first) * step;  // no picture of Pillow's is so wide
  }
  std::vector<int64_t> pixels(static_cast<size_t>(count));
  for (int64_t& pixel : pixels) {
    pixel = std::clamp<int64_t>(static_cast<int64_t>(position), 0, input - 1);
    position += step;
  }
  return pixels;
}

}  // namespace puente::image_detail
