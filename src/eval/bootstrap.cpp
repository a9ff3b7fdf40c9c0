#include "eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "base/threads.h"
#include "eval/distributions.h"
#include "eval/spread.h"
#include "eval/undefined.h"

namespace puente {
namespace {

constexpr uint64_t kStream = 0x426f6f740000;  // "Boot"; resample r draws from kStream + r

/// Groups numbered 0, 1, ... without gaps: a test set rarely has rows of every group of the table.
struct Numbered {
  std::vector<int32_t> of_row;
  int32_t count = 0;
};

Numbered numbered(std::span<const int32_t> group) {
  std::vector<int32_t> different(group.begin(), group.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  Numbered result;
  result.count = static_cast<int32_t>(different.size());
  for (const int32_t g : group) {
    const auto place = std::lower_bound(different.begin(), different.end(), g);
    result.of_row.push_back(static_cast<int32_t>(place - different.begin()));
  }
  return result;
}

/// As numpy's quantile(): linear between the ordered values.
double quantile_of(std::span<const double> ordered, double share) {
  const double place = share * static_cast<double>(ordered.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, ordered.size() - 1);
  return ordered[below] + (place - static_cast<double>(below)) * (ordered[above] - ordered[below]);
}

Estimate estimate_of(const BootstrapSample& sample, size_t number) {
  Estimate result{.value = sample.value[number],
                  .standard_error = kUndefined,
                  .interval = std::nullopt,
                  .why_none = ""};
  if (sample.groups < kFewestBootstrapGroups) {
    result.why_none = fmt::format(
        "{} {} too few for a bootstrap interval, which needs {}; leave one site out at a time, or "
        "split by time, to see how the number varies",
        sample.groups, sample.groups == 1 ? "group is" : "groups are", kFewestBootstrapGroups);
    return result;
  }
  if (!std::isfinite(result.value)) {
    result.why_none = "the number is undefined on these rows";
    return result;
  }
  const int64_t resamples = sample.resampled.rows();
  std::vector<double> ordered;
  for (int64_t r = 0; r < resamples; ++r) {
    const double value = sample.resampled(r, static_cast<int64_t>(number));
    if (std::isfinite(value)) ordered.push_back(value);
  }
  const int64_t undefined = resamples - static_cast<int64_t>(ordered.size());
  if (static_cast<double>(undefined) > kMostUndefined * static_cast<double>(resamples)) {
    result.why_none = fmt::format(
        "the number is undefined in {} of {} resamples, more than {:.0f} %: some class has rows in "
        "too few groups",
        undefined, resamples, 100 * kMostUndefined);
    return result;
  }
  std::sort(ordered.begin(), ordered.end());
  if (ordered.front() == ordered.back()) {
    result.why_none =
        "every resample gives the same number, so these rows do not tell how far it may vary";
    return result;
  }
  const auto groups = static_cast<double>(sample.groups);
  const double widening = std::sqrt(groups / (groups - 1));
  const double tail = normal_cdf(widening * student_t_quantile(0.025, groups - 1));
  result.interval = Interval{quantile_of(ordered, tail), quantile_of(ordered, 1 - tail)};
  result.standard_error = widening * spread_of(ordered).sd;
  return result;
}

}  // namespace

BootstrapSample bootstrap_sample(std::span<const int32_t> group, size_t numbers,
                                 const Statistic& statistic, const BootstrapPlan& plan) {
  PUENTE_ASSERT(plan.resamples >= 2);
  const Numbered groups = numbered(group);
  BootstrapSample sample;
  sample.groups = groups.count;
  sample.value.assign(numbers, kUndefined);
  const std::vector<int32_t> once(group.size(), 1);
  statistic(once, sample.value);
  if (sample.groups < kFewestBootstrapGroups) return sample;

  struct Scratch {
    std::vector<int32_t> of_group;
    std::vector<int32_t> of_row;
  };
  std::vector<Scratch> scratch(static_cast<size_t>(std::max(plan.threads, 1)));
  sample.resampled = BasicMatrix<double>(plan.resamples, static_cast<int64_t>(numbers));
  parallel_for(plan.resamples, plan.threads, [&](int64_t r, int worker) {
    check_interrupt();
    auto& [of_group, of_row] = scratch[static_cast<size_t>(worker)];
    of_group.assign(static_cast<size_t>(groups.count), 0);
    of_row.resize(groups.of_row.size());
    Rng rng(plan.seed, kStream + static_cast<uint64_t>(r));
    for (int32_t draw = 0; draw < groups.count; ++draw) {
      ++of_group[rng.below(static_cast<uint64_t>(groups.count))];
    }
    for (size_t i = 0; i < of_row.size(); ++i) {
      of_row[i] = of_group[static_cast<size_t>(groups.of_row[i])];
    }
    const std::span<double> values = sample.resampled.row_span(r);
    std::fill(values.begin(), values.end(), kUndefined);
    statistic(of_row, values);
  });
  return sample;
}

std::vector<Estimate> estimates_of(const BootstrapSample& sample) {
  std::vector<Estimate> result;
  for (size_t m = 0; m < sample.value.size(); ++m) result.push_back(estimate_of(sample, m));
  return result;
}

std::vector<Estimate> bootstrap(std::span<const int32_t> group, size_t numbers,
                                const Statistic& statistic, const BootstrapPlan& plan) {
  return estimates_of(bootstrap_sample(group, numbers, statistic, plan));
}

}  // namespace puente
