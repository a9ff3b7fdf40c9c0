#include "eval/paired_seeds.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/distributions.h"
#include "eval/smallest_difference.h"
#include "eval/spread.h"
#include "eval/undefined.h"

namespace puente {
namespace {

/// b - a of one number: of the mean probabilities in column 0, of seed s in column 1 + s.
BootstrapSample differences_of_seeds(const SeedsSample& a, const SeedsSample& b, size_t number) {
  const auto columns = static_cast<int64_t>(a.seeds + 1);
  const auto place = [&](int64_t column) {
    return static_cast<size_t>(column) * a.numbers + number;
  };
  BootstrapSample result;
  result.groups = a.sample.groups;
  result.resampled = BasicMatrix<double>(a.sample.resampled.rows(), columns);
  for (int64_t c = 0; c < columns; ++c) {
    result.value.push_back(b.sample.value[place(c)] - a.sample.value[place(c)]);
    const auto from = static_cast<int64_t>(place(c));
    for (int64_t r = 0; r < result.resampled.rows(); ++r) {
      result.resampled(r, c) = b.sample.resampled(r, from) - a.sample.resampled(r, from);
    }
  }
  return result;
}

double square(double x) { return x * x; }

double variance_over(std::span<const double> values) { return square(spread_of(values).sd); }

/// V_both of the header.
double shared_variance(const BootstrapSample& differences) {
  const int64_t seeds = differences.resampled.cols() - 1;
  std::vector<std::vector<double>> less_the_mean(static_cast<size_t>(seeds));
  for (int64_t r = 0; r < differences.resampled.rows(); ++r) {
    const std::span<const double> of_seeds = differences.resampled.row_span(r).subspan(1);
    const double mean = spread_of(of_seeds).mean;
    if (!std::isfinite(mean)) continue;
    for (size_t s = 0; s < of_seeds.size(); ++s) less_the_mean[s].push_back(of_seeds[s] - mean);
  }
  double sum = 0;
  for (const std::vector<double>& values : less_the_mean) sum += variance_over(values);
  const auto groups = static_cast<double>(differences.groups);
  return sum / static_cast<double>(seeds * (seeds - 1)) * groups / (groups - 1);
}

double seeds_sd(const SeedsSample& side, size_t number) {
  std::vector<double> values;
  for (size_t s = 1; s <= side.seeds; ++s) {
    values.push_back(side.sample.value[s * side.numbers + number]);
  }
  return spread_of(values).sd;
}

bool never_differ(const BootstrapSample& differences) {
  for (int64_t r = 0; r < differences.resampled.rows(); ++r) {
    if (differences.resampled(r, 0) != 0) return false;
  }
  return differences.resampled.rows() > 0;
}

SeedsComparison compare_number(const SeedsSample& a, const SeedsSample& b, size_t number) {
  const BootstrapSample differences = differences_of_seeds(a, b, number);
  SeedsComparison result;
  result.a = {.value = a.sample.value[number], .seed_sd = seeds_sd(a, number)};
  result.b = {.value = b.sample.value[number], .seed_sd = seeds_sd(b, number)};
  result.difference = estimates_of(differences).front();
  result.groups_error = result.seeds_error = result.freedom = result.smallest = kUndefined;
  result.p = never_differ(differences) ? 1 : kUndefined;
  Estimate& d = result.difference;
  if (a.seeds < kFewestSeeds && d.interval) {
    d.why_none =
        fmt::format("{} {} too few to tell an effect from the luck of training, which needs {}",
                    a.seeds, a.seeds == 1 ? "seed is" : "seeds are", kFewestSeeds);
    d.interval.reset();
    d.standard_error = kUndefined;
  }
  if (!d.interval) return result;

  const auto seeds = static_cast<double>(a.seeds);
  const double v_groups = square(d.standard_error);
  const double v_seeds = variance_over(std::span(differences.value).subspan(1)) / seeds;
  const double v_pure = std::max(0.0, v_seeds - shared_variance(differences));
  const double v = v_groups + v_pure;
  result.groups_error = std::sqrt(v_groups);
  result.seeds_error = std::sqrt(v_pure);
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
  std::vector<Statistic> statistics = {statistic_of(mean_of(seeds))};
  for (const Predictions& seed : seeds) statistics.push_back(statistic_of(seed));
  const Statistic all = [&](std::span<const int32_t> times, std::span<double> values) {
    for (size_t i = 0; i < statistics.size(); ++i) {
      statistics[i](times, values.subspan(i * numbers, numbers));
    }
  };
  return {.seeds = seeds.size(),
          .numbers = numbers,
          .sample = bootstrap_sample(group, numbers * statistics.size(), all, plan)};
}

std::vector<SeedsComparison> compare_seeds(const SeedsSample& a, const SeedsSample& b) {
  PUENTE_ASSERT(a.seeds == b.seeds && a.numbers == b.numbers);
  PUENTE_ASSERT(a.sample.groups == b.sample.groups);
  PUENTE_ASSERT(a.sample.resampled.rows() == b.sample.resampled.rows());
  std::vector<SeedsComparison> result;
  for (size_t m = 0; m < a.numbers; ++m) result.push_back(compare_number(a, b, m));
  return result;
}

}  // namespace puente
