#include "eval/paired.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/distributions.h"
#include "eval/spread.h"
#include "eval/undefined.h"

namespace puente {
namespace {

/// [seeds][numbers], on the rows as they are.
std::vector<std::vector<double>> values_of(std::span<const Predictions> seeds, size_t numbers,
                                           const StatisticOf& statistic_of) {
  std::vector<std::vector<double>> result;
  for (const Predictions& seed : seeds) {
    const std::vector<int32_t> once(seed.label.size(), 1);
    statistic_of(seed)(once, result.emplace_back(numbers, kUndefined));
  }
  return result;
}

double sd_over_seeds(const std::vector<std::vector<double>>& values, size_t number) {
  std::vector<double> of_seeds;
  for (const auto& seed : values) of_seeds.push_back(seed[number]);
  return spread_of(of_seeds).sd;
}

/// From a sample of [a's numbers, b's numbers].
BootstrapSample differences_of(const BootstrapSample& both) {
  const size_t numbers = both.value.size() / 2;
  BootstrapSample result;
  result.groups = both.groups;
  for (size_t m = 0; m < numbers; ++m) {
    result.value.push_back(both.value[numbers + m] - both.value[m]);
  }
  const auto columns = static_cast<int64_t>(numbers);
  result.resampled = BasicMatrix<double>(both.resampled.rows(), columns);
  for (int64_t r = 0; r < both.resampled.rows(); ++r) {
    for (int64_t m = 0; m < columns; ++m) {
      result.resampled(r, m) = both.resampled(r, columns + m) - both.resampled(r, m);
    }
  }
  return result;
}

double p_of(const BootstrapSample& differences, size_t number) {
  int64_t defined = 0;
  int64_t not_above = 0;
  int64_t not_below = 0;
  for (int64_t r = 0; r < differences.resampled.rows(); ++r) {
    const double d = differences.resampled(r, static_cast<int64_t>(number));
    if (!std::isfinite(d)) continue;
    ++defined;
    if (d <= 0) ++not_above;
    if (d >= 0) ++not_below;
  }
  const double tail =
      static_cast<double>(1 + std::min(not_above, not_below)) / static_cast<double>(1 + defined);
  const auto groups = static_cast<double>(differences.groups);
  const double z = normal_quantile(tail) * std::sqrt((groups - 1) / groups);
  return std::min(1.0, 2 * student_t_cdf(z, groups - 1));
}

bool all_zero(const BootstrapSample& differences, size_t number) {
  for (int64_t r = 0; r < differences.resampled.rows(); ++r) {
    if (differences.resampled(r, static_cast<int64_t>(number)) != 0) return false;
  }
  return differences.resampled.rows() > 0;
}

}  // namespace

Predictions mean_of(std::span<const Predictions> seeds) {
  PUENTE_ASSERT(!seeds.empty());
  const Matrix& first = seeds.front().probabilities;
  std::vector<double> sum(static_cast<size_t>(first.size()));
  for (const Predictions& seed : seeds) {
    PUENTE_ASSERT(seed.label == seeds.front().label);
    PUENTE_ASSERT(seed.probabilities.rows() == first.rows());
    PUENTE_ASSERT(seed.probabilities.cols() == first.cols());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += seed.probabilities.data()[i];
  }
  Predictions mean{.probabilities = Matrix(first.rows(), first.cols()),
                   .label = seeds.front().label};
  for (size_t i = 0; i < sum.size(); ++i) {
    mean.probabilities.data()[i] = static_cast<float>(sum[i] / static_cast<double>(seeds.size()));
  }
  return mean;
}

std::vector<PairedComparison> compare_paired(std::span<const Predictions> a,
                                             std::span<const Predictions> b,
                                             std::span<const int32_t> group, size_t numbers,
                                             const StatisticOf& statistic_of,
                                             const BootstrapPlan& plan) {
  const Predictions mean_a = mean_of(a);
  const Predictions mean_b = mean_of(b);
  PUENTE_ASSERT(mean_a.label == mean_b.label);
  const Statistic statistic_a = statistic_of(mean_a);
  const Statistic statistic_b = statistic_of(mean_b);
  const Statistic both = [&](std::span<const int32_t> times, std::span<double> values) {
    statistic_a(times, values.first(numbers));
    statistic_b(times, values.last(numbers));
  };
  const BootstrapSample sample = bootstrap_sample(group, 2 * numbers, both, plan);
  const BootstrapSample differences = differences_of(sample);
  const std::vector<Estimate> estimates = estimates_of(differences);
  const auto seeds_a = values_of(a, numbers, statistic_of);
  const auto seeds_b = values_of(b, numbers, statistic_of);

  std::vector<PairedComparison> result;
  for (size_t m = 0; m < numbers; ++m) {
    PairedComparison& one = result.emplace_back();
    one.a = {.value = sample.value[m], .seed_sd = sd_over_seeds(seeds_a, m)};
    one.b = {.value = sample.value[numbers + m], .seed_sd = sd_over_seeds(seeds_b, m)};
    one.difference = estimates[m];
    if (all_zero(differences, m)) {
      one.p = 1;
    } else {
      one.p = one.difference.interval ? p_of(differences, m) : kUndefined;
    }
  }
  return result;
}

}  // namespace puente
