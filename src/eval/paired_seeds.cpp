#include "eval/paired_seeds.h"

#include <cmath>

#include "base/error.h"
#include "eval/distributions.h"
#include "eval/smallest_difference.h"
#include "eval/spread.h"
#include "eval/undefined.h"

namespace puente {
namespace {

BootstrapSample difference_of_means(const SeedsSample& a, const SeedsSample& b, size_t number) {
  const auto column = static_cast<int64_t>(number);
  BootstrapSample result;
  result.groups = a.of_mean.groups;
  result.value = {b.of_mean.value[number] - a.of_mean.value[number]};
  result.resampled = BasicMatrix<double>(a.of_mean.resampled.rows(), 1);
  for (int64_t r = 0; r < result.resampled.rows(); ++r) {
    result.resampled(r, 0) = b.of_mean.resampled(r, column) - a.of_mean.resampled(r, column);
  }
  return result;
}

double square(double x) { return x * x; }

bool never_differ(const BootstrapSample& differences) {
  for (int64_t r = 0; r < differences.resampled.rows(); ++r) {
    if (differences.resampled(r, 0) != 0) return false;
  }
  return differences.resampled.rows() > 0;
}

SeedsComparison compare_number(const SeedsSample& a, const SeedsSample& b, size_t number) {
  const BootstrapSample differences = difference_of_means(a, b, number);
  std::vector<double> of_a, of_b, of_pairs;
  for (size_t s = 0; s < a.of_seed.size(); ++s) {
    of_a.push_back(a.of_seed[s][number]);
    of_b.push_back(b.of_seed[s][number]);
    of_pairs.push_back(of_b.back() - of_a.back());
  }
  SeedsComparison result;
  result.a = {.value = a.of_mean.value[number], .seed_sd = spread_of(of_a).sd};
  result.b = {.value = b.of_mean.value[number], .seed_sd = spread_of(of_b).sd};
  result.difference = estimates_of(differences).front();
  result.groups_error = result.seeds_error = result.freedom = result.smallest = kUndefined;
  result.p = never_differ(differences) ? 1 : kUndefined;
  Estimate& d = result.difference;
  if (of_pairs.size() < kFewestSeeds && d.interval) {
    d.why_none =
        fmt::format("{} {} too few to tell an effect from the luck of training, which needs {}",
                    of_pairs.size(), of_pairs.size() == 1 ? "seed is" : "seeds are", kFewestSeeds);
    d.interval.reset();
    d.standard_error = kUndefined;
  }
  if (!d.interval) return result;

  const auto seeds = static_cast<double>(of_pairs.size());
  const double v_groups = square(d.standard_error);
  const double v_seeds = square(spread_of(of_pairs).sd) / seeds;
  const double v = v_groups + v_seeds;
  result.groups_error = std::sqrt(v_groups);
  result.seeds_error = std::sqrt(v_seeds);
  result.freedom = square(v) / (square(v_groups) / (static_cast<double>(differences.groups) - 1) +
                                square(v_seeds) / (seeds - 1));
  d.standard_error = std::sqrt(v);
  const double half = -student_t_quantile(0.025, result.freedom) * d.standard_error;
  d.interval = Interval{d.value - half, d.value + half};
  result.p = 2 * student_t_cdf(-std::abs(d.value) / d.standard_error, result.freedom);
  result.smallest = smallest_difference(d.standard_error, result.freedom);
  return result;
}

}  // namespace

SeedsSample sample_seeds(std::span<const Predictions> seeds, std::span<const int32_t> group,
                         size_t numbers, const StatisticOf& statistic_of,
                         const BootstrapPlan& plan) {
  PUENTE_ASSERT(!seeds.empty());
  const Statistic of_mean = statistic_of(mean_of(seeds));
  SeedsSample result{.of_mean = bootstrap_sample(group, numbers, of_mean, plan)};
  const std::vector<int32_t> once(group.size(), 1);
  for (const Predictions& seed : seeds) {
    statistic_of(seed)(once, result.of_seed.emplace_back(numbers, kUndefined));
  }
  return result;
}

std::vector<SeedsComparison> compare_seeds(const SeedsSample& a, const SeedsSample& b) {
  PUENTE_ASSERT(a.of_seed.size() == b.of_seed.size());
  PUENTE_ASSERT(a.of_mean.value.size() == b.of_mean.value.size());
  PUENTE_ASSERT(a.of_mean.groups == b.of_mean.groups);
  PUENTE_ASSERT(a.of_mean.resampled.rows() == b.of_mean.resampled.rows());
  std::vector<SeedsComparison> result;
  for (size_t m = 0; m < a.of_mean.value.size(); ++m) result.push_back(compare_number(a, b, m));
  return result;
}

}  // namespace puente
