#include "bundle/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "data/split.h"
#include "heads/features.h"

namespace puente {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kRounding = 1e-6;

double sum_of_squares(const std::vector<double>& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

int64_t varying(const Moments& moments) {
  return std::ranges::count_if(moments.sd, [](double sd) { return sd > 0; });
}

}  // namespace

Moments moments_of(const Matrix& vectors, std::span<const int32_t> rows) {
  const Standardiser standardiser(vectors, rows);
  const auto mean = standardiser.mean(), sd = standardiser.sd();
  Moments result{
      static_cast<int64_t>(rows.size()), {mean.begin(), mean.end()}, {sd.begin(), sd.end()}};
  for (size_t j = 0; j < result.sd.size(); ++j) {
    if (result.sd[j] <= kRounding * std::abs(result.mean[j])) result.sd[j] = 0;
  }
  return result;
}

double error_of_mean(const Matrix& vectors, std::span<const int32_t> rows,
                     std::span<const int32_t> group, const Moments& scale) {
  PUENTE_ASSERT(rows.size() == group.size());
  const int64_t dimensions = varying(scale);
  if (rows.empty() || dimensions == 0) return kUnknown;
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return group[i]; });

  const std::vector<double> mean = moments_of(vectors, rows).mean;
  std::vector<double> off(mean.size());  // sum over the rows of one group
  double squares = 0;
  int64_t groups = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const std::span<const float> x = vectors.row_span(rows[order[i]]);
    for (size_t j = 0; j < off.size(); ++j) off[j] += x[j] - mean[j];
    if (i + 1 < order.size() && group[order[i + 1]] == group[order[i]]) continue;
    ++groups;
    for (size_t j = 0; j < off.size(); ++j) {
      if (scale.sd[j] > 0) squares += off[j] * off[j] / (scale.sd[j] * scale.sd[j]);
      off[j] = 0;
    }
  }
  if (groups < 2) return kUnknown;
  const auto g = static_cast<double>(groups);
  const auto n = static_cast<double>(rows.size());
  return std::sqrt(g / (g - 1) * squares / static_cast<double>(dimensions)) / n;
}

Drift drift_of(const Matrix& vectors, std::span<const int32_t> group,
               const TrainingMoments& training) {
  const Moments& before = training.moments;
  PUENTE_ASSERT(vectors.cols() == static_cast<int64_t>(before.mean.size()));
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(vectors.rows()));
  const Moments now = moments_of(vectors, rows);
  Drift drift;
  drift.dimensions = varying(before);
  double squares = 0;
  for (size_t j = 0; j < before.mean.size(); ++j) {
    if (before.sd[j] == 0) continue;
    const double moved = (now.mean[j] - before.mean[j]) / before.sd[j];
    squares += moved * moved;
  }
  drift.shift =
      drift.dimensions > 0 ? std::sqrt(squares / static_cast<double>(drift.dimensions)) : kUnknown;
  drift.sampling = std::hypot(training.error, error_of_mean(vectors, rows, group, before));
  const double variance = sum_of_squares(before.sd);
  drift.variance_ratio = variance > 0 ? sum_of_squares(now.sd) / variance : kUnknown;
  return drift;
}

}  // namespace puente
