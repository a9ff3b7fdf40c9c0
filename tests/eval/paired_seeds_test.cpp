#include "eval/paired_seeds.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "eval/smallest_difference.h"
#include "simulated_patients.h"
#include "support/files.h"

namespace puente {
namespace {

double number_of(const nlohmann::json& json) {
  return json.is_null() ? std::nan("") : json.get<double>();
}

SeedsSample golden_sample(const nlohmann::json& side, int64_t groups) {
  SeedsSample sample;
  sample.of_mean.groups = groups;
  sample.of_mean.value = {number_of(side["mean"][0])};
  const auto resamples = static_cast<int64_t>(side["mean"].size()) - 1;
  sample.of_mean.resampled = BasicMatrix<double>(resamples, 1);
  for (int64_t r = 0; r < resamples; ++r) {
    sample.of_mean.resampled(r, 0) = number_of(side["mean"][static_cast<size_t>(r) + 1]);
  }
  for (const auto& seed : side["seeds"]) sample.of_seed.push_back({seed.get<double>()});
  return sample;
}

TEST(PairedSeeds, IsWhatNumpyAndScipyWorkOut) {
  const auto golden = nlohmann::json::parse(test::read_text(test::golden("paired_seeds.json")));
  ASSERT_EQ(golden["cases"].size(), 3u);
  for (const auto& one : golden["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const SeedsComparison result = compare_seeds(golden_sample(one["a"], one["groups"]),
                                                 golden_sample(one["b"], one["groups"]))
                                       .at(0);
    ASSERT_TRUE(result.difference.interval) << result.difference.why_none;
    EXPECT_NEAR(result.difference.value, one["difference"].get<double>(), 1e-12);
    EXPECT_NEAR(result.groups_error, one["groups_error"].get<double>(), 1e-12);
    EXPECT_NEAR(result.seeds_error, one["seeds_error"].get<double>(), 1e-12);
    EXPECT_NEAR(result.difference.standard_error, one["standard_error"].get<double>(), 1e-12);
    EXPECT_NEAR(result.freedom, one["freedom"].get<double>(), 1e-8);
    EXPECT_NEAR(result.difference.interval->low, one["low"].get<double>(), 1e-10);
    EXPECT_NEAR(result.difference.interval->high, one["high"].get<double>(), 1e-10);
    EXPECT_NEAR(result.p, one["p"].get<double>(), 1e-10);
    EXPECT_NEAR(result.smallest, one["smallest"].get<double>(), 1e-10);
  }
}

std::vector<Predictions> simulated_seeds(int count, uint64_t seed, std::vector<int32_t>& group,
                                         bool second) {
  std::vector<Predictions> seeds;
  Rng rng(seed);
  const test::TestSet set = test::simulate({.patients = 60}, rng);
  group = set.group;
  for (int s = 0; s < count; ++s) {
    Predictions one = second ? set.b : set.a;
    for (int64_t i = 0; i < one.probabilities.rows(); ++i) {
      const auto moved = static_cast<float>(0.1 * rng.normal());
      const float p = std::clamp(one.probabilities(i, 1) + moved, 0.0f, 1.0f);
      one.probabilities(i, 1) = p;
      one.probabilities(i, 0) = 1 - p;
    }
    seeds.push_back(std::move(one));
  }
  return seeds;
}

TEST(PairedSeeds, AddsTheLuckOfTrainingToThatOfTheGroups) {
  std::vector<int32_t> group;
  const auto a = simulated_seeds(3, 4, group, false);
  const auto b = simulated_seeds(3, 4, group, true);
  const BootstrapPlan plan{.resamples = 300};
  const SeedsSample of_a = sample_seeds(a, group, 3, test::metrics_of, plan);
  const SeedsSample of_b = sample_seeds(b, group, 3, test::metrics_of, plan);
  const auto paired = compare_paired(a, b, group, 3, test::metrics_of, plan);
  const auto both = compare_seeds(of_a, of_b);
  for (size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(both[m].a.value, paired[m].a.value);
    EXPECT_EQ(both[m].b.value, paired[m].b.value);
    EXPECT_NEAR(both[m].a.seed_sd, paired[m].a.seed_sd, 1e-12);
    EXPECT_EQ(both[m].difference.value, paired[m].difference.value);
    EXPECT_EQ(both[m].groups_error, paired[m].difference.standard_error);
    EXPECT_GT(both[m].difference.standard_error, both[m].groups_error);
  }
  for (const SeedsComparison& same : compare_seeds(of_a, of_a)) {
    EXPECT_EQ(same.p, 1);
    EXPECT_FALSE(same.difference.interval);
  }
}

TEST(PairedSeeds, TooFewSeedsOrGroupsTellNothing) {
  std::vector<int32_t> group;
  const auto a = simulated_seeds(2, 5, group, false);
  const auto b = simulated_seeds(2, 5, group, true);
  const BootstrapPlan plan{.resamples = 50};
  const SeedsComparison two = compare_seeds(sample_seeds(a, group, 3, test::metrics_of, plan),
                                            sample_seeds(b, group, 3, test::metrics_of, plan))
                                  .at(0);
  EXPECT_FALSE(two.difference.interval);
  EXPECT_TRUE(std::isnan(two.p));
  EXPECT_NE(two.difference.why_none.find("2 seeds are too few"), std::string::npos);
  for (int32_t& g : group) g %= 19;
  const auto three = simulated_seeds(3, 5, group, false);
  for (int32_t& g : group) g %= 19;
  const SeedsSample few = sample_seeds(three, group, 3, test::metrics_of, plan);
  EXPECT_NE(compare_seeds(few, few).at(0).difference.why_none.find("19 groups"), std::string::npos);
}

TEST(SmallestDifference, OfFewDegreesOfFreedomIsLarger) {
  EXPECT_NEAR(smallest_difference(1, 4), 3.717410, 1e-6);  // scipy: t.ppf(.975, 4) + t.ppf(.8, 4)
  EXPECT_NEAR(smallest_difference(1, 1e7), smallest_difference(1), 1e-5);
}

}  // namespace
}  // namespace puente
