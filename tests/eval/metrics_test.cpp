#include "eval/metrics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

Predictions predictions_of(const Json& label, const Json& parts) {
  Predictions predictions;
  predictions.label = label.get<std::vector<int32_t>>();
  const auto rows = parts.get<std::vector<std::vector<float>>>();
  predictions.probabilities =
      Matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows.at(0).size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < rows[i].size(); ++k) {
      predictions.probabilities(static_cast<int64_t>(i), static_cast<int64_t>(k)) =
          rows[i][k] / 1024;
    }
  }
  return predictions;
}

TEST(Metrics, AreThoseOfScikitLearn) {
  const Json golden = Json::parse(test::read_text(test::golden("metrics.json")));
  ASSERT_EQ(golden["cases"].size(), 8u);
  for (const Json& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    const Evaluation result =
        evaluate(predictions_of(expected["label"], expected["probability_1024ths"]));
    EXPECT_EQ(result.rows, static_cast<int64_t>(expected["label"].size()));
    EXPECT_NEAR(result.accuracy, expected["accuracy"].get<double>(), 1e-12);
    EXPECT_NEAR(result.macro_f1, expected["macro_f1"].get<double>(), 1e-12);
    if (expected["auc"].is_null()) {
      EXPECT_TRUE(std::isnan(result.auc));
    } else {
      EXPECT_NEAR(result.auc, expected["auc"].get<double>(), 1e-12);
    }
    ASSERT_EQ(result.classes.size(), expected["f1"].size());
    for (size_t k = 0; k < result.classes.size(); ++k) {
      EXPECT_NEAR(result.classes[k].precision, expected["precision"][k].get<double>(), 1e-12);
      EXPECT_NEAR(result.classes[k].recall, expected["recall"][k].get<double>(), 1e-12);
      EXPECT_NEAR(result.classes[k].f1, expected["f1"][k].get<double>(), 1e-12);
      EXPECT_EQ(result.classes[k].support, expected["support"][k].get<int64_t>());
    }
    EXPECT_EQ(result.confusion, expected["confusion"].get<std::vector<std::vector<int64_t>>>());
  }
}

TEST(Metrics, ATieIsPredictedAsTheLowerClass) {
  const Evaluation result = evaluate(predictions_of({0, 1}, {{512, 512}, {511, 513}}));
  EXPECT_EQ(result.confusion, (std::vector<std::vector<int64_t>>{{1, 0}, {0, 1}}));
}

TEST(Metrics, EqualScoresEverywhereGiveHalf) {
  EXPECT_EQ(evaluate(predictions_of({0, 1, 1}, {{9, 7}, {9, 7}, {9, 7}})).auc, 0.5);
}

TEST(Metrics, NoRowsGiveNoNumbers) {
  Predictions none;
  none.probabilities = Matrix(0, 3);
  const Evaluation result = evaluate(none);
  EXPECT_EQ(result.rows, 0);
  EXPECT_TRUE(std::isnan(result.accuracy));
  EXPECT_TRUE(std::isnan(result.macro_f1));
  EXPECT_TRUE(std::isnan(result.auc));
  EXPECT_EQ(result.classes.size(), 3u);
}

TEST(Metrics, RefuseProbabilitiesThatAreNotNumbers) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), HUGE_VALF}) {
    Predictions predictions = predictions_of({0, 1}, {{512, 512}, {511, 513}});
    predictions.probabilities(1, 0) = bad;
    test::expect_user_error([&] { evaluate(predictions); }, "training diverged");
  }
}

TEST(Metrics, ALabelOutsideTheClassesIsOurMistake) {
  Predictions predictions = predictions_of({0, 2}, {{512, 512}, {511, 513}});
  EXPECT_THROW(evaluate(predictions), InternalError);
  predictions.label = {0};
  EXPECT_THROW(evaluate(predictions), InternalError);
}

}  // namespace
}  // namespace puente
