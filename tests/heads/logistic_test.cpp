#include "heads/logistic.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>

#include "data/labels.h"
#include "heads/golden_heads.h"
#include "heads/made_clusters.h"

namespace puente {
namespace {

TEST(Logistic, IsThatOfScikitLearn) {
  for (const nlohmann::json& golden : test::golden_heads()["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const test::GoldenCase known(golden);
    const LogisticTrainer trainer(known.data());
    ASSERT_EQ(golden["logistic"].size(), 3u);
    LinearScores last;
    for (const nlohmann::json& expected : golden["logistic"]) {
      SCOPED_TRACE(expected["c"].get<double>());
      const LogisticFit cold = trainer.fit(expected["c"].get<double>(), 1e-9);
      EXPECT_LE(cold.gradient, 1e-9);
      test::expect_near(cold.model, expected, 1e-6);
      test::expect_near(to_probabilities(cold.model.scores(known.features, known.validation)),
                        expected["probability"], 1e-6);
      if (!last.intercept.empty()) {
        test::expect_near(trainer.fit(expected["c"].get<double>(), 1e-9, &last).model, expected,
                          1e-6);
      }
      last = cold.model;
    }
  }
}

TEST(Logistic, TheToleranceIsThatOfTheWeights) {
  const test::MadeClusters made(300, 12, 3, 2.0, 5);
  const LogisticTrainer trainer(made.data());
  const LinearScores exact = trainer.fit(1, 1e-10).model;
  const LinearScores rough = trainer.fit(1, 1e-3).model;
  for (int64_t i = 0; i < exact.weight.size(); ++i) {
    EXPECT_NEAR(rough.weight.data()[i], exact.weight.data()[i], 1e-3);
  }
  EXPECT_NE(rough.weight, exact.weight);
}

TEST(Logistic, SeparableClassesAndConstantFeaturesHaveAnOptimum) {
  test::MadeClusters made(60, 4, 3, 0.01, 5);
  for (int64_t i = 0; i < 60; ++i) made.features(i, 2) = 0;
  const LogisticFit fit = LogisticTrainer(made.data()).fit(1000, 1e-7);
  EXPECT_LE(fit.gradient, 1e-7);
  for (int64_t k = 0; k < 3; ++k) EXPECT_EQ(fit.model.weight(k, 2), 0.0);
  const Matrix p = to_probabilities(fit.model.scores(made.features, made.other));
  EXPECT_EQ(score_on(p, labels_at(made.label, made.other)).macro_f1, 1.0);
}

TEST(Logistic, TheStrengthIsThatOfTheBestValidationScore) {
  const test::MadeClusters made(240, 20, 3, 3.0, 6);
  const std::vector<double> strengths = {1e-4, 1e-2, 1};
  const LogisticChoice choice = choose_logistic(made.data(), strengths);
  const LogisticTrainer trainer(made.data());
  const std::vector<int32_t> label = labels_at(made.label, made.validation);
  double best = 0;
  ValidationScore best_score;
  for (const double c : strengths) {
    const ValidationScore score = score_on(
        to_probabilities(trainer.fit(c, 1e-8).model.scores(made.features, made.validation)), label);
    if (best == 0 || score.is_better_than(best_score)) {
      best = c;
      best_score = score;
    }
  }
  EXPECT_EQ(choice.c, best);
  EXPECT_EQ(choice.validation.macro_f1, best_score.macro_f1);
  EXPECT_NEAR(choice.validation.log_loss, best_score.log_loss, 1e-4);
}

TEST(Logistic, TheChosenOneIsFinished) {
  const test::MadeClusters made(300, 12, 3, 2.0, 5);
  const std::vector<double> strengths = {1.0};
  // The path itself would stop at 1e-2.
  const LogisticChoice choice = choose_logistic(made.data(), strengths, 1e-6);
  const LinearScores exact = LogisticTrainer(made.data()).fit(1, 1e-10).model;
  for (int64_t i = 0; i < exact.weight.size(); ++i) {
    EXPECT_NEAR(choice.model.weight.data()[i], exact.weight.data()[i], 1e-6);
  }
}

TEST(Logistic, ThePathEndsAfterFourStrengthsThatWereNoBetter) {
  const test::MadeClusters made(120, 4, 3, 0.1, 5);  // always right; the log loss falls with C
  EXPECT_EQ(choose_logistic(made.data(), std::vector<double>{0.01, 0.01, 0.01, 0.01, 1}).c, 1);
  EXPECT_EQ(choose_logistic(made.data(), std::vector<double>{0.01, 0.01, 0.01, 0.01, 0.01, 1}).c,
            0.01);
}

TEST(Logistic, AClassWithoutTrainingRowsIsAUserError) {
  test::MadeClusters made(60, 4, 2, 1, 5);
  made.classes = 3;
  test::expect_user_error([&] { LogisticTrainer trainer(made.data()); }, "class 2 of 3");
}

TEST(ValidationScore, IsByMacroF1ThenLogLoss) {
  EXPECT_TRUE((ValidationScore{0.6, 9}.is_better_than({0.5, 1})));
  EXPECT_TRUE((ValidationScore{0.5, 1}.is_better_than({0.5, 2})));
  EXPECT_FALSE((ValidationScore{0.5, 1}.is_better_than({0.5, 1})));
}

// Not run by default: how long the path takes on as much as HAM10000 with CLIP's two vectors.
TEST(Logistic, DISABLED_Seconds) {
  const test::MadeClusters made(12000, 1024, 7, 30.0, 5);
  const auto begin = std::chrono::steady_clock::now();
  const LogisticChoice choice = choose_logistic(made.data(), logistic_strengths());
  std::printf("%zu rows: C %g, macro F1 %.3f, %.1f s\n", made.train.size(), choice.c,
              choice.validation.macro_f1,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}

}  // namespace
}  // namespace puente
