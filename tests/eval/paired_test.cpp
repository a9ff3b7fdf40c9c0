#include "eval/paired.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "eval/smallest_difference.h"
#include "simulated_patients.h"

namespace puente {
namespace {

using Seeds = std::vector<Predictions>;

constexpr size_t kNumbers = 3;  // accuracy, AUC, macro F1

std::vector<PairedComparison> compare(const Seeds& a, const Seeds& b,
                                      const std::vector<int32_t>& group,
                                      const BootstrapPlan& plan = {.resamples = 500}) {
  return compare_paired(a, b, group, kNumbers, test::metrics_of, plan);
}

test::TestSet simulated(const test::Patients& design, uint64_t seed) {
  Rng rng(seed);
  return test::simulate(design, rng);
}

/// The chosen rows' probabilities are turned round: right becomes wrong.
Predictions turned(Predictions predictions, const std::vector<int64_t>& rows) {
  for (const int64_t i : rows) {
    std::swap(predictions.probabilities(i, 0), predictions.probabilities(i, 1));
  }
  return predictions;
}

/// `rows` rows with one row per group, all of them right.
Predictions all_right(int64_t rows) {
  Predictions result{.probabilities = Matrix(rows, 2), .label = {}};
  for (int64_t i = 0; i < rows; ++i) {
    result.label.push_back(static_cast<int32_t>(i % 2));
    result.probabilities(i, i % 2) = 0.75f;
    result.probabilities(i, 1 - i % 2) = 0.25f;
  }
  return result;
}

std::vector<int32_t> each_alone(int64_t rows) {
  std::vector<int32_t> group;
  for (int32_t i = 0; i < rows; ++i) group.push_back(i);
  return group;
}

TEST(MeanOf, AveragesTheSeedsProbabilities) {
  Predictions one = all_right(2);
  Predictions two = all_right(2);
  two.probabilities(1, 0) = 0.5f;
  two.probabilities(1, 1) = 0.5f;
  const Predictions mean = mean_of(Seeds{one, two});
  EXPECT_EQ(mean.label, one.label);
  EXPECT_EQ(mean.probabilities(0, 0), 0.75f);
  EXPECT_EQ(mean.probabilities(1, 0), 0.375f);
  EXPECT_EQ(mean.probabilities(1, 1), 0.625f);
  EXPECT_EQ(mean_of(Seeds{two}).probabilities, two.probabilities);
  EXPECT_THROW(mean_of({}), InternalError);
  EXPECT_THROW(mean_of(Seeds{one, all_right(3)}), InternalError);
  two.label = {1, 0};
  EXPECT_THROW(mean_of(Seeds{one, two}), InternalError);
}

TEST(Paired, ValuesAreOfTheMeanAndTheSpreadIsThatOfTheSeeds) {
  const Predictions right = all_right(40);
  const Seeds a = {turned(right, {0, 1}), turned(right, {2, 3, 4, 5}), turned(right, {6, 7, 8})};
  const Seeds b = {right};
  const PairedComparison accuracy = compare(a, b, each_alone(40)).at(0);
  EXPECT_EQ(accuracy.a.value, 1);  // two seeds of three are right everywhere
  EXPECT_EQ(accuracy.b.value, 1);
  EXPECT_NEAR(accuracy.a.seed_sd, 1.0 / 40, 1e-12);  // of 2, 4 and 3 errors in 40
  EXPECT_TRUE(std::isnan(accuracy.b.seed_sd));
  EXPECT_EQ(accuracy.difference.value, 0);
}

// Both are wrong on the same 20 of 60 rows, A on 3 more: only these 3 matter.
TEST(Paired, WhatBothGetWrongCancelsOut) {
  std::vector<int64_t> wrong;
  for (int64_t i = 0; i < 20; ++i) wrong.push_back(i);
  const Predictions b = turned(all_right(60), wrong);
  const Predictions a = turned(b, {30, 31, 32});
  const PairedComparison accuracy =
      compare({a}, {b}, each_alone(60), {.resamples = 8000, .seed = 1}).at(0);
  const double formula = std::sqrt(0.05 * 0.95 / 59);
  EXPECT_NEAR(accuracy.difference.value, 0.05, 1e-12);
  EXPECT_NEAR(accuracy.difference.standard_error, formula, 0.03 * formula);
}

TEST(Paired, TheOtherWayRoundIsTheNegative) {
  const test::TestSet set = simulated({.patients = 60}, 5);
  const auto one = compare({set.a}, {set.b}, set.group);
  const auto other = compare({set.b}, {set.a}, set.group);
  for (size_t m = 0; m < kNumbers; ++m) {
    EXPECT_EQ(one[m].p, other[m].p);
    EXPECT_EQ(one[m].difference.value, -other[m].difference.value);
    EXPECT_NEAR(one[m].difference.interval->low, -other[m].difference.interval->high, 1e-12);
  }
}

TEST(Paired, IsTheSameForAnyNumberOfThreads) {
  const test::TestSet set = simulated({.patients = 60}, 6);
  const auto one = compare({set.a}, {set.b}, set.group, {.resamples = 300, .threads = 1});
  const auto three = compare({set.a}, {set.b}, set.group, {.resamples = 300, .threads = 3});
  for (size_t m = 0; m < kNumbers; ++m) {
    EXPECT_EQ(one[m].p, three[m].p);
    EXPECT_EQ(one[m].difference.interval->low, three[m].difference.interval->low);
    EXPECT_EQ(one[m].difference.standard_error, three[m].difference.standard_error);
  }
}

TEST(Paired, EqualClassifiersHaveP1) {
  const test::TestSet set = simulated({.patients = 30}, 7);
  for (const PairedComparison& one : compare({set.a}, {set.a}, set.group)) {
    EXPECT_EQ(one.p, 1);
    EXPECT_EQ(one.difference.value, 0);
    EXPECT_FALSE(one.difference.interval);
  }
}

// 60 rows alone, A wrong on 20 that B has right: no resample can favour A, so the tail is 1 / 501,
// and p = 2 P(T < -2.8788 sqrt(59 / 60)) with 59 degrees of freedom (scipy: 0.00594).
TEST(Paired, NoPIsSmallerThanTheResamplesAllow) {
  const Predictions b = all_right(60);
  std::vector<int64_t> wrong;
  for (int64_t i = 0; i < 20; ++i) wrong.push_back(i);
  const PairedComparison accuracy = compare({turned(b, wrong)}, {b}, each_alone(60)).at(0);
  EXPECT_NEAR(accuracy.difference.value, 20.0 / 60, 1e-12);
  EXPECT_GT(accuracy.difference.interval->low, 0.15);
  EXPECT_NEAR(accuracy.p, 0.005935496679156976, 1e-6);
}

TEST(Paired, FewGroupsGiveNeitherIntervalNorP) {
  const test::TestSet set = simulated({.patients = 19}, 8);
  const PairedComparison accuracy = compare({set.a}, {set.b}, set.group).at(0);
  EXPECT_FALSE(accuracy.difference.interval);
  EXPECT_NE(accuracy.difference.why_none.find("19 groups are too few"), std::string::npos);
  EXPECT_TRUE(std::isnan(accuracy.p));
  EXPECT_FALSE(std::isnan(accuracy.difference.value));
}

TEST(Paired, OtherLabelsAreOurMistake) {
  const Predictions a = all_right(30);
  Predictions b = a;
  std::swap(b.label[0], b.label[1]);
  EXPECT_THROW(compare({a}, {b}, each_alone(30)), InternalError);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kPairedRuns = 10;
#else
constexpr int kPairedRuns = 1000;
#endif

std::vector<std::vector<PairedComparison>> simulated_runs(const test::Patients& design,
                                                          uint64_t seed) {
  std::vector<std::vector<PairedComparison>> runs(kPairedRuns);
  parallel_for(kPairedRuns, available_cores(), [&](int64_t run, int) {
    Rng rng(seed, static_cast<uint64_t>(run));
    const test::TestSet set = test::simulate(design, rng);
    runs[static_cast<size_t>(run)] =
        compare({set.a}, {set.b}, set.group, {.resamples = 1000, .seed = rng.next()});
  });
  return runs;
}

// Two classifiers that are equally good: p < 0.05 in one run of twenty, and just where the interval
// leaves 0 out.
TEST(Paired, FindsADifferenceThatIsNotThereInOneRunOfTwenty) {
  const auto runs = simulated_runs({.patients = 60}, 20);
  std::vector<double> found(kNumbers);
  for (const auto& run : runs) {
    for (size_t m = 0; m < kNumbers; ++m) {
      const Estimate& difference = run[m].difference;
      ASSERT_TRUE(difference.interval) << difference.why_none;
      const bool zero_outside = difference.interval->low > 0 || difference.interval->high < 0;
      if (std::abs(run[m].p - 0.05) > 0.004) {
        EXPECT_EQ(run[m].p < 0.05, zero_outside) << run[m].p;
      }
      if (run[m].p < 0.05) ++found[m];
    }
  }
  for (double& share : found) share /= kPairedRuns;
  std::printf("p < 0.05: accuracy %.3f, AUC %.3f, macro F1 %.3f\n", found[0], found[1], found[2]);
  if (kPairedRuns < 1000)
    GTEST_SKIP() << "1,000 runs take too long under a sanitizer; did " << kPairedRuns;
  for (size_t m = 0; m < kNumbers; ++m) {
    EXPECT_GE(found[m], 0.03) << m;
    EXPECT_LE(found[m], 0.07) << m;
  }
}

// B is better by as much as 60 patients can about show: found as often as the standard error says,
// which is four times in five where the difference is the smallest one.
TEST(SmallestDifference, IsFoundAsOftenAsItSays) {
  const test::Patients design{.patients = 60, .gain = 0.38};
  test::Patients better = design;
  better.strength += design.gain;
  const test::Metrics a = test::true_metrics(design);
  const test::Metrics b = test::true_metrics(better);
  const std::vector<double> differences = {b.accuracy - a.accuracy, b.auc - a.auc};
  const auto runs = simulated_runs(design, 21);
  for (size_t m = 0; m < differences.size(); ++m) {
    double smallest = 0;
    double found = 0;
    for (const auto& run : runs) {
      smallest += smallest_difference(run[m].difference.standard_error) / kPairedRuns;
      if (run[m].p < 0.05) found += 1.0 / kPairedRuns;
    }
    const double power =
        normal_cdf(smallest_difference(1) * differences[m] / smallest - normal_quantile(0.975));
    std::printf("difference %.4f, smallest %.4f: found in %.3f, expected in %.3f\n", differences[m],
                smallest, found, power);
    if (kPairedRuns < 1000) continue;
    EXPECT_NEAR(power, 0.8, 0.15);
    EXPECT_NEAR(found, power, 0.07);  // errors of an AUC near 1 are not quite normal
  }
  if (kPairedRuns < 1000)
    GTEST_SKIP() << "1,000 runs take too long under a sanitizer; did " << kPairedRuns;
}

}  // namespace
}  // namespace puente
