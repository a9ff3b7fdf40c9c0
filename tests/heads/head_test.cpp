#include "heads/head.h"

#include <cmath>
#include <gtest/gtest.h>

#include "data/labels.h"
#include "heads/features.h"
#include "heads/linear_scores.h"
#include "heads/logistic.h"
#include "heads/made_clusters.h"
#include "support/files.h"

namespace puente {
namespace {

constexpr const char* kNames[] = {"logistic", "ridge", "lda", "knn", "prototypes"};

TEST(HeadSpec, ReadsWhatItWrites) {
  for (const char* name : kNames) EXPECT_EQ(HeadSpec::parse(name).text(), name);
  test::expect_user_error([] { HeadSpec::parse("forest"); },
                          "unknown head 'forest': known are logistic, ridge, lda, knn, prototypes");
}

TEST(Head, EveryOneLearnsAndSaysWhatItChose) {
  for (const int64_t classes : {2, 4}) {
    const test::MadeClusters made(300, 16, classes, 0.7, 3);
    for (const char* name : kNames) {
      SCOPED_TRACE(name);
      const std::unique_ptr<Head> head = fit_head(made.data(), HeadSpec::parse(name));
      const Matrix p = head->probabilities(made.features, made.other);
      ASSERT_EQ(p.rows(), static_cast<int64_t>(made.other.size()));
      ASSERT_EQ(p.cols(), classes);
      for (int64_t i = 0; i < p.rows(); ++i) {
        double sum = 0;
        for (const float value : p.row_span(i)) sum += value;
        EXPECT_NEAR(sum, 1, 1e-6);
      }
      EXPECT_GT(score_on(p, labels_at(made.label, made.other)).macro_f1, 0.9);
      EXPECT_FALSE(head->chosen().empty());
      const Matrix v = head->probabilities(made.features, made.validation);
      const ValidationScore score = score_on(v, labels_at(made.label, made.validation));
      EXPECT_EQ(head->validation().macro_f1, score.macro_f1);
      EXPECT_EQ(head->validation().log_loss, score.log_loss);
    }
  }
}

TEST(Head, LooksAtNoRowsButThoseOfTrainingAndValidation) {
  const test::MadeClusters made(120, 6, 3, 1, 3);
  test::MadeClusters changed = made;
  for (const int32_t row : changed.other) {
    changed.label[static_cast<size_t>(row)] = 0;
    for (float& x : changed.features.row_span(row)) x = 1e6f;
  }
  for (const char* name : kNames) {
    const HeadSpec spec = HeadSpec::parse(name);
    EXPECT_EQ(fit_head(made.data(), spec)->probabilities(made.features, made.validation),
              fit_head(changed.data(), spec)->probabilities(made.features, made.validation))
        << name;
  }
}

TEST(Head, LogisticIsOnStandardisedFeatures) {
  test::MadeClusters made(120, 6, 3, 1, 3);
  const std::unique_ptr<Head> head = fit_head(made.data(), {HeadKind::logistic});
  const Matrix before = head->probabilities(made.features, made.other);
  for (int64_t i = 0; i < 120; ++i) {
    for (int64_t j = 0; j < 6; ++j) {
      made.features(i, j) = made.features(i, j) * static_cast<float>(1 << j) + 3;
    }
  }
  const Matrix after =
      fit_head(made.data(), {HeadKind::logistic})->probabilities(made.features, made.other);
  for (int64_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after.data()[i], before.data()[i], 1e-4);
  }
  EXPECT_EQ(head->chosen().substr(0, 2), "C ");
}

TEST(Head, IsTheSameEveryTime) {
  const test::MadeClusters made(120, 6, 3, 1, 3);
  for (const char* name : kNames) {
    const HeadSpec spec = HeadSpec::parse(name);
    EXPECT_EQ(fit_head(made.data(), spec)->probabilities(made.features, made.other),
              fit_head(made.data(), spec)->probabilities(made.features, made.other));
  }
}

TEST(Head, RefusesWhatCannotBeLearned) {
  test::MadeClusters made(60, 4, 2, 1, 5);
  const std::vector<int32_t> none;
  for (const char* name : kNames) {
    HeadData data = made.data();
    data.validation = none;
    test::expect_user_error([&] { fit_head(data, HeadSpec::parse(name)); }, "no validation rows");
    data = made.data();
    data.classes = 3;
    test::expect_user_error([&] { fit_head(data, HeadSpec::parse(name)); }, "class 2 of 3");
  }
}

}  // namespace
}  // namespace puente
