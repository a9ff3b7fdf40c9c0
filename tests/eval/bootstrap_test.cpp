#include "eval/bootstrap.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "puente/error.h"

#include "base/interrupt.h"
#include "base/rng.h"
#include "eval/undefined.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

/// `groups` groups of 1 to 4 rows, their numbers neither in order nor without gaps, rows mixed.
std::vector<int32_t> mixed_groups(int groups) {
  std::vector<int32_t> group;
  for (int g = 0; g < groups; ++g) {
    for (int row = 0; row <= g % 4; ++row) group.push_back(g % 2 == 0 ? -7 * g : 1000 + g);
  }
  Rng(3).shuffle(std::span(group));
  return group;
}

/// Mean and sum of x over the rows drawn.
Statistic mean_and_sum(const std::vector<double>& x) {
  return [&x](std::span<const int32_t> times, std::span<double> values) {
    double sum = 0;
    double rows = 0;
    for (size_t i = 0; i < times.size(); ++i) {
      sum += times[i] * x[i];
      rows += times[i];
    }
    values[0] = sum / rows;
    values[1] = sum;
  };
}

std::vector<double> noise(size_t rows) {
  Rng rng(11);
  std::vector<double> x(rows);
  for (double& value : x) value = rng.normal();
  return x;
}

TEST(Bootstrap, IsTheSameForAnyNumberOfThreads) {
  const std::vector<int32_t> group = mixed_groups(50);
  const std::vector<double> x = noise(group.size());
  const auto sample_with = [&](int threads, uint64_t seed) {
    return bootstrap_sample(group, 2, mean_and_sum(x),
                            {.resamples = 203, .seed = seed, .threads = threads});
  };
  const BootstrapSample one = sample_with(1, 5);
  EXPECT_EQ(one.groups, 50);
  ASSERT_EQ(one.resampled.rows(), 203);
  for (int threads : {2, 3, 8}) EXPECT_EQ(sample_with(threads, 5).resampled, one.resampled);
  EXPECT_FALSE(sample_with(1, 6).resampled == one.resampled);
  std::set<double> different;
  for (int64_t r = 0; r < 203; ++r) different.insert(one.resampled(r, 0));
  EXPECT_EQ(different.size(), 203u);  // no two resamples share a stream
}

TEST(Bootstrap, DrawsWholeGroupsAsManyAsThereAre) {
  const std::vector<int32_t> group = mixed_groups(30);
  std::map<int32_t, double> drawn;
  std::map<int32_t, double> squares;
  int calls = 0;
  const Statistic look = [&](std::span<const int32_t> times, std::span<double> values) {
    ASSERT_EQ(times.size(), group.size());
    std::map<int32_t, int32_t> of_group;
    for (size_t i = 0; i < times.size(); ++i) {
      const auto [place, fresh] = of_group.emplace(group[i], times[i]);
      EXPECT_EQ(place->second, times[i]);  // all rows of a group, or none
    }
    int32_t sum = 0;
    for (const auto& [g, n] : of_group) {
      sum += n;
      if (calls > 0) {
        drawn[g] += n;
        squares[g] += n * n;
      }
    }
    EXPECT_EQ(sum, 30);
    values[0] = calls++;
  };
  bootstrap_sample(group, 1, look, {.resamples = 3000});
  EXPECT_EQ(calls, 3001);  // and once on the rows as they are
  double spread = 0;
  for (const auto& [g, n] : drawn) {
    EXPECT_NEAR(n / 3000, 1, 0.09);  // five standard errors
    spread += squares[g] / 3000 - (n / 3000) * (n / 3000);
  }
  EXPECT_NEAR(spread / 30, 1 - 1.0 / 30, 0.03);  // multinomial
}

TEST(Bootstrap, TheStandardErrorOfAMeanIsThatOfItsFormula) {
  constexpr int kGroups = 40;
  constexpr int kRows = 3;
  std::vector<int32_t> group;
  std::vector<double> x;
  std::vector<double> mean(kGroups);
  Rng rng(2);
  for (int g = 0; g < kGroups; ++g) {
    const double effect = rng.normal();
    for (int row = 0; row < kRows; ++row) {
      group.push_back(g);
      x.push_back(effect + rng.normal());
      mean[static_cast<size_t>(g)] += x.back() / kRows;
    }
  }
  double grand = 0;
  for (double m : mean) grand += m / kGroups;
  double squares = 0;
  for (double m : mean) squares += (m - grand) * (m - grand);
  const double formula = std::sqrt(squares / (kGroups - 1) / kGroups);

  const Estimate result = bootstrap(group, 2, mean_and_sum(x), {.resamples = 8000}).at(0);
  EXPECT_NEAR(result.value, grand, 1e-12);
  EXPECT_NEAR(result.standard_error, formula, 0.03 * formula);
  ASSERT_TRUE(result.interval);
  constexpr double kStudent = 2.0227;  // 39 degrees of freedom
  EXPECT_NEAR(result.interval->low, grand - kStudent * formula, 0.15 * formula);
  EXPECT_NEAR(result.interval->high, grand + kStudent * formula, 0.15 * formula);
  EXPECT_EQ(result.why_none, "");
}

TEST(Bootstrap, IntervalsAreHesterbergsExpandedPercentiles) {
  const Json golden = Json::parse(test::read_text(test::golden("intervals.json")))["intervals"];
  ASSERT_EQ(golden.size(), 3u);
  for (const Json& expected : golden) {
    SCOPED_TRACE(expected["groups"].get<int>());
    const Json& values = expected["resampled"];
    BootstrapSample sample;
    sample.groups = expected["groups"];
    sample.value = {3.0};
    sample.resampled = BasicMatrix<double>(static_cast<int64_t>(values.size()), 1);
    for (size_t r = 0; r < values.size(); ++r) {
      sample.resampled(static_cast<int64_t>(r), 0) =
          values[r].is_null() ? kUndefined : values[r].get<double>();
    }
    const Estimate result = estimates_of(sample).at(0);
    ASSERT_TRUE(result.interval) << result.why_none;
    EXPECT_NEAR(result.interval->low, expected["low"].get<double>(), 1e-10);
    EXPECT_NEAR(result.interval->high, expected["high"].get<double>(), 1e-10);
    EXPECT_NEAR(result.standard_error, expected["standard_error"].get<double>(), 1e-10);
  }
}

TEST(Bootstrap, FewGroupsGiveNoIntervalAndTheReason) {
  for (int groups : {0, 1, 10, 19}) {
    SCOPED_TRACE(groups);
    const std::vector<int32_t> group = mixed_groups(groups);
    const std::vector<double> x = noise(group.size());
    const Estimate result = bootstrap(group, 2, mean_and_sum(x), {}).at(0);
    EXPECT_FALSE(result.interval);
    EXPECT_TRUE(std::isnan(result.standard_error));
    EXPECT_EQ(std::isnan(result.value), groups == 0);
    const std::string begin =
        std::to_string(groups) + (groups == 1 ? " group is too few" : " groups are too few");
    EXPECT_EQ(result.why_none.substr(0, begin.size()), begin);
    EXPECT_NE(result.why_none.find("needs 20; leave one site out"), std::string::npos);
    EXPECT_NE(result.why_none.find("split by time"), std::string::npos);
  }
  const std::vector<int32_t> group = mixed_groups(20);
  const std::vector<double> x = noise(group.size());
  EXPECT_TRUE(bootstrap(group, 2, mean_and_sum(x), {.resamples = 100}).at(0).interval);
}

/// Undefined in the first `undefined` of the resamples; 0, 1, 2, ... in the others.
Estimate with_undefined(int64_t resamples, int64_t undefined, double value = 1) {
  BootstrapSample sample;
  sample.groups = 100;
  sample.value = {value};
  sample.resampled = BasicMatrix<double>(resamples, 1);
  for (int64_t r = 0; r < resamples; ++r) {
    sample.resampled(r, 0) = r < undefined ? kUndefined : static_cast<double>(r - undefined);
  }
  return estimates_of(sample).at(0);
}

TEST(Bootstrap, UndefinedResamplesAreLeftOutUpToAShare) {
  const Estimate all = with_undefined(950, 0);
  const Estimate some = with_undefined(1000, 50);
  ASSERT_TRUE(some.interval);
  EXPECT_EQ(some.interval->low, all.interval->low);
  EXPECT_EQ(some.interval->high, all.interval->high);
  const Estimate many = with_undefined(1000, 51);
  EXPECT_FALSE(many.interval);
  EXPECT_NE(many.why_none.find("undefined in 51 of 1000 resamples, more than 5 %"),
            std::string::npos)
      << many.why_none;
  EXPECT_FALSE(with_undefined(1000, 1000).interval);
}

TEST(Bootstrap, ANumberUndefinedOnTheRowsThemselvesHasNoInterval) {
  const Estimate result = with_undefined(1000, 0, kUndefined);
  EXPECT_FALSE(result.interval);
  EXPECT_NE(result.why_none.find("undefined on these rows"), std::string::npos);
}

TEST(Bootstrap, AStatisticThatSaysNothingIsUndefined) {
  const std::vector<int32_t> group = mixed_groups(25);
  const Statistic silent = [](std::span<const int32_t>, std::span<double>) {};
  EXPECT_TRUE(std::isnan(bootstrap(group, 1, silent, {.resamples = 10}).at(0).value));
}

TEST(Bootstrap, NoSpreadAtAllIsNoInterval) {
  const std::vector<int32_t> group = mixed_groups(25);
  const std::vector<double> all_right(group.size(), 1.0);
  const Estimate result = bootstrap(group, 2, mean_and_sum(all_right), {.resamples = 50}).at(0);
  EXPECT_EQ(result.value, 1);
  EXPECT_FALSE(result.interval);
  EXPECT_TRUE(std::isnan(result.standard_error));
  EXPECT_NE(result.why_none.find("every resample gives the same number"), std::string::npos);
}

TEST(Bootstrap, StopsWhenAskedTo) {
  const std::vector<int32_t> group = mixed_groups(25);
  const std::vector<double> x = noise(group.size());
  request_interrupt();
  EXPECT_THROW(bootstrap(group, 2, mean_and_sum(x), {}), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace puente
