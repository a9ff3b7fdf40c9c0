#include "tensor/elementwise.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace puente {

// None of these is worth a kernel of its own: each touches a number once per encoded input, or once
// per load, and the compiler vectorises what it may.

void add(std::span<const float> a, std::span<const float> b, std::span<float> y) {
  PUENTE_ASSERT(a.size() == y.size() && b.size() == y.size());
  for (size_t i = 0; i < y.size(); ++i) y[i] = a[i] + b[i];
}

void multiply(std::span<const float> a, std::span<const float> b, std::span<float> y) {
  PUENTE_ASSERT(a.size() == y.size() && b.size() == y.size());
  for (size_t i = 0; i < y.size(); ++i) y[i] = a[i] * b[i];
}

void mean_of_rows(MatrixView<const float> x, std::span<float> y) {
  PUENTE_ASSERT(x.rows > 0 && static_cast<int64_t>(y.size()) == x.cols);
  std::copy_n(x.row(0), x.cols, y.begin());
  for (int64_t i = 1; i < x.rows; ++i) add(y, x.row_span(i), y);
  const auto rows = static_cast<float>(x.rows);
  for (float& v : y) v /= rows;
}

double normalise_length(std::span<float> x) {
  double square = 0;
  for (const float v : x) square += static_cast<double>(v) * v;
  const double length = std::sqrt(square);
  if (length > 0 && std::isfinite(length)) {
    for (float& v : x) v = static_cast<float>(v / length);
  }
  return length;
}

int64_t first_not_finite(std::span<const float> x) {
  // 0 * v is 0 for a number and NaN otherwise, so a sum of them says whether to look closer. The
  // compiler may not split a sum, but it may keep several side by side.
  constexpr size_t kSums = 16;
  float sums[kSums] = {};
  const size_t whole = x.size() / kSums * kSums;
  for (size_t i = 0; i < whole; i += kSums) {
    for (size_t j = 0; j < kSums; ++j) sums[j] += 0.0f * x[i + j];
  }
  float sum = 0;
  for (const float s : sums) sum += s;
  for (const float v : x.subspan(whole)) sum += 0.0f * v;
  if (sum == 0) return -1;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) return static_cast<int64_t>(i);
  }
  return -1;
}

}  // namespace puente
