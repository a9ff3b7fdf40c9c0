#include "eval/temperature.h"

#include <cmath>
#include <gtest/gtest.h>

#include "eval/log_loss.h"
#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::predictions_of;

TEST(Temperature, IsWhereScipyFindsTheLowestLogLoss) {
  const Json golden = Json::parse(test::read_text(test::golden("calibration.json")));
  for (const Json& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const Predictions predictions =
        predictions_of(expected["label"], expected["probability_1024ths"]);
    const std::optional<double> temperature = fit_temperature(predictions);
    ASSERT_TRUE(temperature);
    // A minimum of a function known to 1e-16 is known to 1e-8 of its argument, no better.
    EXPECT_NEAR(*temperature / expected["temperature"].get<double>(), 1, 1e-6);
    const Predictions scaled = with_temperature(predictions, *temperature);
    EXPECT_EQ(scaled.label, predictions.label);
    EXPECT_NEAR(log_loss(scaled), expected["log_loss_scaled"].get<double>(), 1e-6);  // float32
    const auto first = expected["scaled_first_row"].get<std::vector<double>>();
    for (size_t k = 0; k < first.size(); ++k) {
      EXPECT_NEAR(scaled.probabilities(0, static_cast<int64_t>(k)), first[k], 1e-6);
    }
  }
}

TEST(Temperature, ByHand) {
  // Four of five are right, so 4 : 1 is the best odds; stated are 16 : 1, the square.
  Predictions predictions =
      predictions_of({0, 0, 0, 0, 1}, Json(std::vector<std::vector<int>>(5, {0, 0})));
  for (int64_t i = 0; i < 5; ++i) {
    predictions.probabilities(i, 0) = 16.0f / 17;
    predictions.probabilities(i, 1) = 1.0f / 17;
  }
  EXPECT_NEAR(fit_temperature(predictions).value(), 2, 1e-6);
  EXPECT_NEAR(with_temperature(predictions, 2).probabilities(3, 0), 0.8, 1e-6);
  EXPECT_NEAR(with_temperature(predictions, 1).probabilities(3, 0), 16.0 / 17, 1e-7);
}

TEST(Temperature, NothingWhereNoneIsBest) {
  Predictions none;
  none.probabilities = Matrix(0, 2);
  EXPECT_FALSE(fit_temperature(none));
  EXPECT_FALSE(fit_temperature(predictions_of({0, 1}, {{900, 124}, {500, 524}})));  // all right
  EXPECT_FALSE(fit_temperature(predictions_of({1, 0}, {{900, 124}, {500, 524}})));  // all wrong
  EXPECT_FALSE(fit_temperature(predictions_of({0, 1}, {{512, 512}, {512, 512}})));  // no opinion
}

TEST(Temperature, TheFactorOfScoresSaysWhyNoneIsBest) {
  BasicMatrix<double> scores(2, 2);
  scores(0, 0) = scores(1, 1) = 1;
  EXPECT_TRUE(std::isinf(best_factor(scores, std::vector<int32_t>{0, 1})));
  EXPECT_EQ(best_factor(scores, std::vector<int32_t>{1, 0}), 0);
  EXPECT_EQ(best_factor(scores, std::vector<int32_t>{0, 0}), 0);  // right as often as wrong
}

TEST(Temperature, AProbabilityOfZeroStaysANumber) {
  const Predictions scaled = with_temperature(predictions_of({0}, {{0, 1024}}), 1000);
  EXPECT_GT(scaled.probabilities(0, 0), 0.4f);
  EXPECT_LT(scaled.probabilities(0, 0), 0.5f);
}

}  // namespace
}  // namespace puente
