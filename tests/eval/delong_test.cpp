#include "eval/delong.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

/// Class `positive` has the scores; the other classes share the rest.
Predictions scored(const std::vector<int32_t>& label, const std::vector<int32_t>& score_1024ths,
                   int32_t positive = 1, int64_t classes = 2) {
  Predictions predictions{.probabilities = Matrix(static_cast<int64_t>(label.size()), classes),
                          .label = label};
  for (int64_t i = 0; i < predictions.probabilities.rows(); ++i) {
    const float score = static_cast<float>(score_1024ths[static_cast<size_t>(i)]) / 1024;
    for (int64_t k = 0; k < classes; ++k) {
      predictions.probabilities(i, k) =
          k == positive ? score : (1 - score) / static_cast<float>(classes - 1);
    }
  }
  return predictions;
}

TEST(Delong, IsThatOfThePapersFormulas) {
  const Json golden = Json::parse(test::read_text(test::golden("intervals.json")))["delong"];
  ASSERT_EQ(golden.size(), 6u);
  for (const Json& expected : golden) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const std::vector<int32_t> label = expected["label"];
    const std::vector<int32_t> group = expected["group"];
    const int32_t positive = expected["positive"];
    const int64_t classes = expected["classes"];
    const Predictions a = scored(label, expected["score_1024ths"][0], positive, classes);
    const Predictions b = scored(label, expected["score_1024ths"][1], positive, classes);
    const DelongTest test = delong_test(a, b, positive, group);
    EXPECT_NEAR(test.a.auc, expected["auc"][0].get<double>(), 1e-13);
    EXPECT_NEAR(test.b.auc, expected["auc"][1].get<double>(), 1e-13);
    EXPECT_NEAR(test.a.variance, expected["variance"][0].get<double>(), 1e-14);
    EXPECT_NEAR(test.b.variance, expected["variance"][1].get<double>(), 1e-14);
    EXPECT_NEAR(test.standard_error, expected["standard_error"].get<double>(), 1e-13);
    EXPECT_NEAR(test.z, expected["z"].get<double>(), 1e-10);
    EXPECT_NEAR(test.p, expected["p"].get<double>(), 1e-11);
    EXPECT_EQ(test.a.positive_groups, expected["positive_groups"].get<int64_t>());
    EXPECT_EQ(test.b.negative_groups, expected["negative_groups"].get<int64_t>());
    EXPECT_EQ(test.difference, test.b.auc - test.a.auc);
    const AucVariance alone = auc_variance(b, positive, group);
    EXPECT_EQ(alone.auc, test.b.auc);
    EXPECT_EQ(alone.variance, test.b.variance);
  }
}

TEST(Delong, TheOrderOfRowsAndTheNumbersOfGroupsDoNotMatter) {
  const std::vector<int32_t> label = {0, 1, 1, 0, 1, 0};
  const std::vector<int32_t> group = {0, 0, 1, 1, 2, 2};
  const AucVariance one = auc_variance(scored(label, {5, 7, 2, 2, 9, 4}), 1, group);
  const std::vector<int32_t> turned_label = {0, 1, 0, 1, 1, 0};
  const std::vector<int32_t> turned_group = {90, 90, -3, -3, 8, 8};
  const AucVariance other = auc_variance(scored(turned_label, {4, 9, 2, 2, 7, 5}), 1, turned_group);
  EXPECT_EQ(one.auc, other.auc);
  EXPECT_NEAR(one.variance, other.variance, 1e-17);
}

// Two positives (3, 1) and two negatives (2, 0), each row alone: the positives win 2 and 1 of 2,
// the negatives 1 and 2 of 2; both variances of {1, 1/2} are 1/8, so 1/8/2 + 1/8/2.
TEST(Delong, ByHand) {
  const std::vector<int32_t> alone = {0, 1, 2, 3};
  const AucVariance result = auc_variance(scored({1, 0, 1, 0}, {3, 2, 1, 0}), 1, alone);
  EXPECT_EQ(result.auc, 0.75);
  EXPECT_EQ(result.variance, 0.125);
}

TEST(Delong, RowsRepeatedWithinTheirGroupsAreNoNewEvidence) {
  const std::vector<int32_t> label = {0, 1, 1, 0, 1, 0, 0};
  const std::vector<int32_t> score = {5, 7, 2, 2, 9, 4, 1};
  std::vector<int32_t> alone(label.size());
  std::iota(alone.begin(), alone.end(), 0);
  auto twice = [](std::vector<int32_t> values) {
    const size_t n = values.size();
    for (size_t i = 0; i < n; ++i) values.push_back(values[i]);
    return values;
  };
  const AucVariance once = auc_variance(scored(label, score), 1, alone);
  const AucVariance repeated = auc_variance(scored(twice(label), twice(score)), 1, twice(alone));
  EXPECT_NEAR(repeated.auc, once.auc, 1e-15);
  EXPECT_NEAR(repeated.variance, once.variance, 1e-15);
}

TEST(Delong, EqualClassifiersDoNotDiffer) {
  const std::vector<int32_t> label = {0, 1, 1, 0, 1, 0};
  const std::vector<int32_t> group = {0, 0, 1, 1, 2, 2};
  const Predictions a = scored(label, {5, 7, 2, 3, 9, 4});
  const Predictions b = scored(label, {50, 70, 20, 30, 90, 40});  // the same ranks
  const DelongTest test = delong_test(a, b, 1, group);
  EXPECT_EQ(test.difference, 0);
  EXPECT_EQ(test.standard_error, 0);
  EXPECT_EQ(test.z, 0);
  EXPECT_EQ(test.p, 1);
}

TEST(Delong, ADifferenceWithoutSpreadHasNoP) {
  const std::vector<int32_t> label = {0, 0, 1, 1};
  const std::vector<int32_t> alone = {0, 1, 2, 3};
  const DelongTest test =
      delong_test(scored(label, {4, 3, 2, 1}), scored(label, {1, 2, 3, 4}), 1, alone);
  EXPECT_EQ(test.difference, 1);
  EXPECT_EQ(test.standard_error, 0);
  EXPECT_TRUE(std::isnan(test.z));
  EXPECT_TRUE(std::isnan(test.p));
}

TEST(Delong, WhatIsUndefinedIsNaN) {
  const std::vector<int32_t> group = {0, 0, 1, 1};
  const AucVariance one_class = auc_variance(scored({0, 0, 0, 0}, {1, 2, 3, 4}), 1, group);
  EXPECT_TRUE(std::isnan(one_class.auc));
  EXPECT_TRUE(std::isnan(one_class.variance));
  EXPECT_EQ(one_class.positive_groups, 0);
  EXPECT_EQ(one_class.negative_groups, 2);
  const AucVariance one_group = auc_variance(scored({1, 1, 0, 0}, {1, 2, 3, 4}), 1, group);
  EXPECT_EQ(one_group.auc, 0);
  EXPECT_TRUE(std::isnan(one_group.variance));
  EXPECT_TRUE(std::isnan(auc_variance(scored({}, {}), 1, {}).auc));
}

TEST(Delong, OtherRowsAreOurMistake) {
  const std::vector<int32_t> group = {0, 1};
  const Predictions a = scored({0, 1}, {1, 2});
  EXPECT_THROW(delong_test(a, scored({1, 0}, {1, 2}), 1, group), InternalError);
  EXPECT_THROW(auc_variance(a, 2, group), InternalError);
  EXPECT_THROW(auc_variance(a, 1, std::vector<int32_t>{0}), InternalError);
}

}  // namespace
}  // namespace puente
