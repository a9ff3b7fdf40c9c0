#include "align/unit_vector.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace puente {
namespace {

/// In four sums, because one would wait for itself at every step; in a fixed order.
double sum_of_squares(std::span<const double> v) {
  double sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= v.size(); i += 4) {
    for (size_t j = 0; j < 4; ++j) sums[j] += v[i + j] * v[i + j];
  }
  for (; i < v.size(); ++i) sums[0] += v[i] * v[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

bool normalise(std::span<double> v) {
  const double squares = sum_of_squares(v);
  if (squares == 0) {
    std::fill(v.begin(), v.end(), 0.0);
    return false;
  }
  const double norm = std::sqrt(squares);
  for (double& x : v) x /= norm;
  return true;
}

bool unit_vector(std::span<const float> v, std::span<double> out) {
  PUENTE_ASSERT(!v.empty() && out.size() == v.size());
  std::copy(v.begin(), v.end(), out.begin());
  return normalise(out);
}

// From the back: the numbers still to be read lie at or before the one that is written.
void stretch(std::span<double> v, size_t d) {
  PUENTE_ASSERT(d > 0 && v.size() > d);
  const double step = static_cast<double>(d - 1) / static_cast<double>(v.size() - 1);
  const double last = v[d - 1];
  for (size_t i = v.size() - 1; i-- > 0;) {
    const double x = static_cast<double>(i) * step;
    const size_t left = static_cast<size_t>(x);
    const double right_value = left + 1 < d ? v[left + 1] : last;
    v[i] = v[left] + (x - static_cast<double>(left)) * (right_value - v[left]);
  }
  v.back() = last;
}

}  // namespace puente
