#include "encoders/position_grid.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace puente {
namespace {

/// Keys' cubic convolution (1981).
double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}

/// weights[i * from + k]: how much of position k is in the new position i, along one axis.
std::vector<double> axis_weights(int64_t from, int64_t to, GridResize how) {
  std::vector<double> weights(static_cast<size_t>(to * from));
  // torch keeps the scale as a float.
  const double offset = how == GridResize::offset ? 0.1 : 0.0;
  const auto scale = static_cast<double>(
      static_cast<float>(static_cast<double>(from) / (static_cast<double>(to) + offset)));
  for (int64_t i = 0; i < to; ++i) {
    double* row = weights.data() + i * from;
    if (how == GridResize::antialias) {
      const double support = std::max(scale, 1.0);
      const double centre = scale * (static_cast<double>(i) + 0.5);
      const auto first = std::max<int64_t>(static_cast<int64_t>(centre - 2 * support + 0.5), 0);
      const auto end = std::min<int64_t>(static_cast<int64_t>(centre + 2 * support + 0.5), from);
      double sum = 0;
      for (int64_t k = first; k < end; ++k) {
        row[k] = cubic((static_cast<double>(k) - centre + 0.5) / support, -0.5);
        sum += row[k];
      }
      for (int64_t k = first; k < end; ++k) row[k] /= sum;
      continue;
    }
    const double x = scale * (static_cast<double>(i) + 0.5) - 0.5;
    const double floor = std::floor(x);
    for (int64_t tap = -1; tap <= 2; ++tap) {
      const auto k = static_cast<int64_t>(floor) + tap;
      row[std::clamp<int64_t>(k, 0, from - 1)] +=
          cubic(x - floor - static_cast<double>(tap), -0.75);
    }
  }
  return weights;
}

}  // namespace

Matrix resize_grid(const Matrix& positions, int64_t from, int64_t to, GridResize how) {
  PUENTE_ASSERT(positions.rows() == from * from && from > 0 && to > 0);
  if (from == to) return positions;
  const int64_t c = positions.cols();
  const std::vector<double> weights = axis_weights(from, to, how);
  // Along the rows of the grid, then along its columns.
  std::vector<double> narrow(static_cast<size_t>(from * to * c));
  for (int64_t y = 0; y < from; ++y) {
    for (int64_t x = 0; x < to; ++x) {
      double* sum = narrow.data() + (y * to + x) * c;
      for (int64_t k = 0; k < from; ++k) {
        const double w = weights[static_cast<size_t>(x * from + k)];
        if (w == 0) continue;
        const float* row = positions.row(y * from + k);
        for (int64_t j = 0; j < c; ++j) sum[j] += w * static_cast<double>(row[j]);
      }
    }
  }
  Matrix result(to * to, c);
  std::vector<double> sum(static_cast<size_t>(c));
  for (int64_t y = 0; y < to; ++y) {
    for (int64_t x = 0; x < to; ++x) {
      std::fill(sum.begin(), sum.end(), 0.0);
      for (int64_t k = 0; k < from; ++k) {
        const double w = weights[static_cast<size_t>(y * from + k)];
        if (w == 0) continue;
        const double* row = narrow.data() + (k * to + x) * c;
        for (int64_t j = 0; j < c; ++j) sum[static_cast<size_t>(j)] += w * row[j];
      }
      std::transform(sum.begin(), sum.end(), result.row(y * to + x),
                     [](double v) { return static_cast<float>(v); });
    }
  }
  return result;
}

}  // namespace puente
