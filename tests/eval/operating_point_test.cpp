#include "eval/operating_point.h"

#include <cmath>
#include <gtest/gtest.h>

#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::expect_near_or_nan;
using test::predictions_of;

void expect_outcome(const ThresholdOutcome& outcome, const Json& expected) {
  EXPECT_EQ((std::vector<int64_t>{outcome.true_positives, outcome.false_positives,
                                  outcome.true_negatives, outcome.false_negatives}),
            expected["counts"].get<std::vector<int64_t>>());
  expect_near_or_nan(outcome.sensitivity, expected["sensitivity"]);
  expect_near_or_nan(outcome.specificity, expected["specificity"]);
  expect_near_or_nan(outcome.positive_predictive_value, expected["ppv"]);
  expect_near_or_nan(outcome.negative_predictive_value, expected["npv"]);
}

TEST(OperatingPoint, IsOnScikitLearnsCurve) {
  const Json golden = Json::parse(test::read_text(test::golden("operating_point.json")));
  ASSERT_EQ(golden["cases"].size(), 4u);
  int unreached = 0;
  for (const Json& expected : golden["cases"]) {
    const Predictions validation =
        predictions_of(expected["label"][0], expected["probability_1024ths"][0]);
    const Predictions others =
        predictions_of(expected["label"][1], expected["probability_1024ths"][1]);
    const int32_t positive = expected["class"].get<int32_t>();
    for (const Json& point : expected["points"]) {
      SCOPED_TRACE(point.dump());
      const Wish wish = point["wish"] == "sensitivity" ? Wish::sensitivity : Wish::specificity;
      const std::optional<OperatingPoint> chosen =
          choose_threshold(validation, positive, wish, point["wished"].get<double>());
      ASSERT_EQ(chosen.has_value(), !point["threshold"].is_null());
      if (!chosen) {
        ++unreached;
        continue;
      }
      EXPECT_EQ(chosen->threshold, point["threshold"].get<float>());
      expect_outcome(chosen->validation, point["validation"]);
      expect_outcome(at_threshold(others, positive, chosen->threshold), point["test"]);
    }
  }
  EXPECT_GT(unreached, 0);
}

/// p(1) of 0.875 (1), 0.75 (0), 0.5 (1), 0.5 (0), 0.25 (0).
Predictions five_rows() {
  return predictions_of({1, 0, 1, 0, 0},
                        {{128, 896}, {256, 768}, {512, 512}, {512, 512}, {768, 256}});
}

TEST(OperatingPoint, ByHand) {
  const OperatingPoint half = choose_threshold(five_rows(), 1, Wish::sensitivity, 0.5).value();
  EXPECT_EQ(half.threshold, 0.875f);
  EXPECT_EQ(half.validation.specificity, 1.0);
  const OperatingPoint all = choose_threshold(five_rows(), 1, Wish::sensitivity, 0.51).value();
  EXPECT_EQ(all.threshold, 0.5f);  // equal probabilities are called alike
  EXPECT_EQ(all.validation.false_positives, 2);
  EXPECT_EQ(all.validation.positive_predictive_value, 0.5);
  EXPECT_EQ(all.validation.negative_predictive_value, 1.0);
  const OperatingPoint specific = choose_threshold(five_rows(), 1, Wish::specificity, 0.6).value();
  EXPECT_EQ(specific.threshold, 0.875f);  // 0.75 would do, but is no more sensitive
  EXPECT_EQ(specific.validation.true_negatives, 3);
}

TEST(OperatingPoint, MoreThanTheWishIsTakenWhereItIsFree) {
  const Predictions perfect = predictions_of({1, 1, 0}, {{100, 924}, {200, 824}, {900, 124}});
  const OperatingPoint point = choose_threshold(perfect, 1, Wish::sensitivity, 0.5).value();
  EXPECT_EQ(point.threshold, 824.0f / 1024);
  EXPECT_EQ(point.validation.sensitivity, 1.0);
}

TEST(OperatingPoint, ASpecificityThatNoThresholdHasIsNothing) {
  const Predictions worst_on_top = predictions_of({0, 1}, {{100, 924}, {200, 824}});
  EXPECT_FALSE(choose_threshold(worst_on_top, 1, Wish::specificity, 0.5));
  EXPECT_EQ(choose_threshold(worst_on_top, 1, Wish::sensitivity, 1)->validation.specificity, 0.0);
}

TEST(OperatingPoint, SharesOfNoRowsAreNotNumbers) {
  const ThresholdOutcome nobody = at_threshold(five_rows(), 1, 0.9f);
  EXPECT_TRUE(std::isnan(nobody.positive_predictive_value));
  EXPECT_EQ(nobody.sensitivity, 0.0);
  EXPECT_EQ(nobody.false_negatives, 2);
  const ThresholdOutcome all_negative = at_threshold(predictions_of({0}, {{1024, 0}}), 1, 0.5f);
  EXPECT_TRUE(std::isnan(all_negative.sensitivity));
  EXPECT_EQ(all_negative.specificity, 1.0);
}

TEST(OperatingPoint, WhatCannotBeWished) {
  for (double wished : {0.0, -1.0, 1.5, 95.0, std::nan("")}) {
    test::expect_user_error([&] { choose_threshold(five_rows(), 1, Wish::sensitivity, wished); },
                            "cannot be");
  }
  const Predictions alone = predictions_of({1, 1}, {{100, 924}, {200, 824}});
  test::expect_user_error([&] { choose_threshold(alone, 1, Wish::specificity, 0.9); },
                          "all 2 validation rows are of the class");
  test::expect_user_error([&] { choose_threshold(alone, 0, Wish::specificity, 0.9); },
                          "of other classes than");
}

}  // namespace
}  // namespace puente
