#include "eval/calibration.h"

#include <cmath>
#include <gtest/gtest.h>

#include "eval/log_loss.h"
#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::expect_near_or_nan;
using test::predictions_of;

TEST(Calibration, IsThatOfScikitLearnAndScipy) {
  const Json golden = Json::parse(test::read_text(test::golden("calibration.json")));
  ASSERT_EQ(golden["cases"].size(), 4u);
  for (const Json& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const Predictions predictions =
        predictions_of(expected["label"], expected["probability_1024ths"]);
    const Calibration result = calibration_of(predictions);
    EXPECT_NEAR(result.brier, expected["brier"].get<double>(), 1e-12);
    EXPECT_NEAR(result.expected_error, expected["expected_error"].get<double>(), 1e-12);
    EXPECT_NEAR(log_loss(predictions), expected["log_loss"].get<double>(), 1e-12);
    ASSERT_EQ(result.bins.size(), expected["bins"]["rows"].size());
    for (size_t b = 0; b < result.bins.size(); ++b) {
      EXPECT_EQ(result.bins[b].rows, expected["bins"]["rows"][b].get<int64_t>());
      expect_near_or_nan(result.bins[b].mean_confidence, expected["bins"]["mean_confidence"][b]);
      expect_near_or_nan(result.bins[b].share_correct, expected["bins"]["share_correct"][b]);
    }
    ASSERT_EQ(result.classes.size(), expected["classes"].size());
    for (size_t k = 0; k < result.classes.size(); ++k) {
      expect_near_or_nan(result.classes[k].slope, expected["classes"][k]["slope"], 1e-8);
      expect_near_or_nan(result.classes[k].intercept, expected["classes"][k]["intercept"], 1e-8);
      expect_near_or_nan(result.classes[k].in_the_large, expected["classes"][k]["in_the_large"],
                         1e-8);
    }
  }
}

TEST(Calibration, BrierByHand) {
  EXPECT_EQ(calibration_of(predictions_of({0, 1}, {{1024, 0}, {0, 1024}})).brier, 0.0);
  EXPECT_EQ(calibration_of(predictions_of({1, 0}, {{1024, 0}, {0, 1024}})).brier, 2.0);
  EXPECT_EQ(calibration_of(predictions_of({0}, {{512, 512}})).brier, 0.5);
}

TEST(Calibration, ABinOwnsItsUpperEdge) {
  const Calibration result =
      calibration_of(predictions_of({0, 1, 0}, {{1024, 0}, {512, 512}, {0, 1024}}));
  EXPECT_EQ(result.bins[0].rows, 1);
  EXPECT_EQ(result.bins[4].rows, 1);  // 0.5
  EXPECT_EQ(result.bins[9].rows, 1);
  EXPECT_EQ(result.bins[9].share_correct, 0.0);
  EXPECT_TRUE(std::isnan(result.bins[5].mean_confidence));
  EXPECT_EQ(result.expected_error, (0.0 + 0.5 + 1.0) / 3);
}

TEST(Calibration, HalfTheLogOddsHaveTwiceTheSlope) {
  // At 4 : 1 four of five are right, and likewise at 1 : 4; then the same rows at the square roots.
  Predictions right = predictions_of(Json::array({1, 1, 1, 1, 0, 0, 0, 0, 0, 1}),
                                     Json(std::vector<std::vector<int>>(10, {0, 0})));
  Predictions timid = right;
  for (int64_t i = 0; i < 10; ++i) {
    right.probabilities(i, i < 5) = 0.8f;
    right.probabilities(i, i >= 5) = 0.2f;
    timid.probabilities(i, i < 5) = 2.0f / 3;
    timid.probabilities(i, i >= 5) = 1.0f / 3;
  }
  EXPECT_NEAR(calibration_of(right).classes[1].slope, 1, 1e-6);
  EXPECT_NEAR(calibration_of(right).classes[1].intercept, 0, 1e-6);
  EXPECT_NEAR(calibration_of(right).classes[1].in_the_large, 0, 1e-6);
  EXPECT_NEAR(calibration_of(right).expected_error, 0, 1e-6);
  EXPECT_NEAR(calibration_of(timid).classes[1].slope, 2, 1e-6);
}

TEST(Calibration, WhatTheRowsCannotTellIsNotANumber) {
  const Recalibration separated =
      calibration_of(predictions_of({0, 0, 1}, {{900, 124}, {600, 424}, {100, 924}})).classes[1];
  EXPECT_TRUE(std::isnan(separated.slope));
  EXPECT_TRUE(std::isnan(separated.intercept));
  EXPECT_FALSE(std::isnan(separated.in_the_large));
  const Recalibration constant =
      calibration_of(predictions_of({0, 1, 1}, {{900, 124}, {900, 124}, {900, 124}})).classes[1];
  EXPECT_TRUE(std::isnan(constant.slope));
  EXPECT_NEAR(constant.in_the_large, std::log(2.0) - std::log(124.0 / 900), 1e-12);
  const Recalibration alone =
      calibration_of(predictions_of({1, 1}, {{900, 124}, {500, 524}})).classes[1];
  EXPECT_TRUE(std::isnan(alone.slope));
  EXPECT_TRUE(std::isnan(alone.in_the_large));
  Predictions none;
  none.probabilities = Matrix(0, 3);
  EXPECT_TRUE(std::isnan(calibration_of(none).brier));
  EXPECT_TRUE(std::isnan(calibration_of(none).expected_error));
  EXPECT_TRUE(std::isnan(log_loss(none)));
}

TEST(Calibration, AProbabilityOfExactlyZeroOrOneHasFiniteFigures) {
  const Predictions predictions =
      predictions_of({0, 1, 1, 0}, {{1024, 0}, {1024, 0}, {0, 1024}, {0, 1024}});
  const Calibration result = calibration_of(predictions);
  EXPECT_NEAR(result.classes[1].slope, 0, 1e-12);
  EXPECT_NEAR(log_loss(predictions), -log_probability(0) / 2, 1e-12);
}

}  // namespace
}  // namespace puente
