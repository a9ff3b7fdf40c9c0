// Ridge, LDA, neighbours, prototypes and the temperature, against scikit-learn and by hand.
#include <cmath>
#include <gtest/gtest.h>

#include "data/labels.h"
#include "heads/golden_heads.h"
#include "heads/lda.h"
#include "heads/made_clusters.h"
#include "heads/neighbours.h"
#include "heads/prototypes.h"
#include "heads/ridge.h"

namespace puente {
namespace {

using Json = nlohmann::json;

/// Calls body(case's data, case's golden numbers) for each.
template <class Body>
void for_each_case(Body&& body) {
  ASSERT_EQ(test::golden_heads()["cases"].size(), 3u);
  for (const Json& golden : test::golden_heads()["cases"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    body(test::GoldenCase(golden), golden);
  }
}

TEST(Ridge, IsThatOfScikitLearn) {
  for_each_case([](const test::GoldenCase& known, const Json& golden) {
    const RidgeTrainer trainer(known.data());
    ASSERT_EQ(golden["ridge"].size(), 2u);
    for (const Json& expected : golden["ridge"]) {
      const LinearScores model = trainer.fit(expected["alpha"].get<double>());
      test::expect_near(model, expected, 1e-9);
      test::expect_near(model.scores(known.features, known.validation), expected["scores"], 1e-9);
    }
  });
}

TEST(Lda, IsThatOfScikitLearn) {
  for_each_case([](const test::GoldenCase& known, const Json& golden) {
    ASSERT_EQ(golden["lda"].size(), 2u);
    for (const Json& expected : golden["lda"]) {
      Shrinkage shrinkage;
      if (!expected["shrinkage"].is_null()) shrinkage = expected["shrinkage"].get<double>();
      const LinearScores model = fit_lda(known.data(), shrinkage);
      test::expect_near(model, expected, 1e-8);
      test::expect_near(model.scores(known.features, known.validation), expected["scores"], 1e-8);
    }
  });
}

TEST(Lda, TakesConstantFeaturesAndClassesOfOneRow) {
  test::MadeClusters made(40, 4, 2, 0.3, 5);
  for (int64_t i = 0; i < 40; ++i) made.features(i, 2) = 0;
  made.label[made.train.back()] = 2;
  made.classes = 3;
  const LinearScores model = fit_lda(made.data(), {});
  for (int64_t k = 0; k < 3; ++k) {
    EXPECT_EQ(model.weight(k, 2), 0.0);
    EXPECT_TRUE(std::isfinite(model.intercept[static_cast<size_t>(k)]));
  }
}

TEST(Lda, FeaturesThatNeverVaryAreAUserError) {
  test::MadeClusters made(40, 3, 2, 1, 5);
  made.features = Matrix(40, 3);
  test::expect_user_error([&] { fit_lda(made.data(), 0.1); }, "singular");
}

TEST(LedoitWolf, OfOneColumnOrOneRowIsNothing) {
  BasicMatrix<double> x(3, 1);
  x(0, 0) = 1;
  x(1, 0) = -1;
  EXPECT_EQ(ledoit_wolf_shrinkage(x), 0.0);
  EXPECT_EQ(ledoit_wolf_shrinkage(BasicMatrix<double>(1, 4)), 0.0);
}

TEST(Neighbours, AreThoseOfScikitLearn) {
  for_each_case([](const test::GoldenCase& known, const Json& golden) {
    const Neighbours neighbours(known.data());
    const auto nearest = neighbours.nearest(known.features, known.validation, 8);
    ASSERT_EQ(golden["neighbours"].size(), 3u);
    for (const Json& expected : golden["neighbours"]) {
      test::expect_near(neighbours.shares(nearest, expected["k"].get<int64_t>()),
                        expected["probability"], 1e-7);
    }
  });
}

TEST(Neighbours, EqualCosinesGoToTheEarlierTrainingRow) {
  Matrix features(6, 2);  // all in one direction but the last, which has none
  for (int64_t i = 0; i < 5; ++i) features(i, 0) = 1;
  const std::vector<int32_t> label = {0, 1, 2, 1, 0, 0};
  const std::vector<int32_t> train = {2, 3, 1, 0}, validation = {4, 5};
  const Neighbours neighbours({features, label, 3, train, validation});
  for (const std::vector<int32_t>& own : neighbours.nearest(features, validation, 4)) {
    EXPECT_EQ(own, (std::vector<int32_t>{2, 1, 1, 0}));
  }
}

TEST(Neighbours, TheNumberIsThatOfTheBestValidationScore) {
  const test::MadeClusters made(120, 8, 3, 3, 9);
  const NeighboursChoice choice = choose_neighbours(made.data());
  const std::vector<int32_t> label = labels_at(made.label, made.validation);
  for (const int64_t k : {1, 3, 5, 7, 11, 15, 21, 31, 51}) {
    const auto nearest = choice.model.nearest(made.features, made.validation, k);
    const ValidationScore score = score_on(choice.model.shares(nearest, k), label);
    EXPECT_FALSE(score.is_better_than(choice.validation)) << k;
    if (k == choice.k) {
      EXPECT_EQ(score.macro_f1, choice.validation.macro_f1);
    }
  }
}

TEST(Neighbours, AreNotMoreThanThereAreRows) {
  const test::MadeClusters made(9, 4, 2, 1, 9);  // 7 of them train
  EXPECT_LE(choose_neighbours(made.data()).k, 7);
}

TEST(Prototypes, AreThoseOfScikitLearn) {
  for_each_case([](const test::GoldenCase& known, const Json& golden) {
    const ScaledPrototypes fit = fit_prototypes(known.data());
    test::expect_near(fit.model.cosines(known.features, known.validation),
                      golden["prototypes"]["cosine"], 1e-10);
    const double scale = golden["prototypes"]["scale"].get<double>();
    EXPECT_NEAR(fit.scale, scale, 1e-6 * scale);
  });
}

TEST(Scale, OfScoresThatAreAlwaysRightIsTheUpperBoundAndOfUselessOnesTheLower) {
  BasicMatrix<double> scores(2, 1);
  scores(0, 0) = -1;
  scores(1, 0) = 1;
  EXPECT_GT(fit_scale(scores, std::vector<int32_t>{0, 1}), 10);
  EXPECT_NEAR(fit_scale(scores, std::vector<int32_t>{1, 0}), 1e-3, 1e-6);
}

TEST(Scale, OfOneScoreAndOfTheSameAsTwoIsOne) {
  // sigmoid(s) and softmax(0, s) are the same; by hand: 3 of 4 right at +-1 give log 3.
  BasicMatrix<double> one(4, 1), two(4, 2);
  const std::vector<int32_t> label = {1, 1, 1, 0};
  for (int64_t i = 0; i < 4; ++i) one(i, 0) = two(i, 1) = 1;
  EXPECT_NEAR(fit_scale(one, label), std::log(3.0), 1e-6);
  EXPECT_NEAR(fit_scale(two, label), std::log(3.0), 1e-6);
}

}  // namespace
}  // namespace puente
