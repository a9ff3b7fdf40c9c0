#include "eval/metrics.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::expect_near_or_nan;
using test::predictions_of;

/// Classes numbered in their order.
ClassOrder places(size_t classes) {
  ClassOrder order;
  for (size_t k = 0; k < classes; ++k) order.place.push_back(static_cast<int32_t>(k));
  return order;
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
    expect_near_or_nan(result.balanced_accuracy, expected["balanced_accuracy"]);
    expect_near_or_nan(result.weighted_f1, expected["weighted_f1"]);
    expect_near_or_nan(result.auc, expected["auc"]);
    expect_near_or_nan(result.average_precision, expected["average_precision"]);
    const ClassOrder as_numbered = places(result.classes.size());
    const ClassOrder otherwise{expected["place"].get<std::vector<int32_t>>()};
    expect_near_or_nan(quadratic_kappa(result.confusion, as_numbered), expected["quadratic_kappa"]);
    expect_near_or_nan(quadratic_kappa(result.confusion, otherwise),
                       expected["quadratic_kappa_of_places"]);
    ASSERT_EQ(result.classes.size(), expected["f1"].size());
    for (size_t k = 0; k < result.classes.size(); ++k) {
      EXPECT_NEAR(result.classes[k].precision, expected["precision"][k].get<double>(), 1e-12);
      EXPECT_NEAR(result.classes[k].recall, expected["recall"][k].get<double>(), 1e-12);
      EXPECT_NEAR(result.classes[k].f1, expected["f1"][k].get<double>(), 1e-12);
      expect_near_or_nan(result.classes[k].auc, expected["class_auc"][k]);
      expect_near_or_nan(result.classes[k].average_precision,
                         expected["class_average_precision"][k]);
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
  EXPECT_TRUE(std::isnan(result.balanced_accuracy));
  EXPECT_TRUE(std::isnan(result.weighted_f1));
  EXPECT_TRUE(std::isnan(result.average_precision));
  EXPECT_TRUE(std::isnan(quadratic_kappa(result.confusion, places(3))));
  EXPECT_EQ(result.classes.size(), 3u);
}

TEST(Metrics, OneClassAloneCannotBeRanked) {
  const Evaluation result = evaluate(predictions_of({1, 1}, {{512, 512}, {100, 924}}));
  EXPECT_TRUE(std::isnan(result.auc));
  EXPECT_TRUE(std::isnan(result.classes[0].average_precision));
  EXPECT_EQ(result.average_precision, 1.0);  // of class 1, which has rows
  EXPECT_EQ(result.balanced_accuracy, 0.5);  // class 0 has no rows and is left out
}

TEST(Metrics, QuadraticKappaPunishesFarMistakesMore) {
  EXPECT_EQ(quadratic_kappa({{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}, places(3)), 1.0);
  EXPECT_EQ(quadratic_kappa({{2, 2}, {2, 2}}, places(2)), 0.0);
  const Confusion near = {{3, 1, 0}, {0, 4, 0}, {0, 0, 4}};
  const Confusion far = {{3, 0, 1}, {0, 4, 0}, {0, 0, 4}};
  EXPECT_GT(quadratic_kappa(near, places(3)), quadratic_kappa(far, places(3)));
  EXPECT_EQ(quadratic_kappa(near, places(3)), quadratic_kappa(far, {{0, 2, 1}}));
  EXPECT_TRUE(std::isnan(quadratic_kappa({{5, 0}, {0, 0}}, places(2))));
}

TEST(Metrics, KappaIsOfAnOrdinalLabelOnly) {
  const Predictions predictions =
      predictions_of({0, 1, 2, 2}, {{9, 1, 1}, {1, 9, 1}, {1, 9, 1}, {9, 1, 1}});
  EXPECT_FALSE(evaluate(predictions).quadratic_kappa);
  const ClassOrder order{{0, 2, 1}};
  const Evaluation result = evaluate(predictions, order);
  ASSERT_TRUE(result.quadratic_kappa);
  EXPECT_EQ(*result.quadratic_kappa, quadratic_kappa(result.confusion, order));
  EXPECT_NE(*result.quadratic_kappa, quadratic_kappa(result.confusion, places(3)));
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
