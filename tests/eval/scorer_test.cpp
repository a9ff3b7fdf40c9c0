#include "eval/scorer.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/rng.h"
#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

/// [rows, classes] in 1024ths of few distinct values, so that ties are frequent.
Predictions random_predictions(Rng& rng, int64_t rows, int64_t classes) {
  Predictions predictions;
  predictions.probabilities = Matrix(rows, classes);
  for (int64_t i = 0; i < rows; ++i) {
    for (float& p : predictions.probabilities.row_span(i)) {
      p = static_cast<float>(rng.below(64)) / 1024;
    }
    predictions.label.push_back(static_cast<int32_t>(rng.below(static_cast<uint64_t>(classes))));
  }
  return predictions;
}

Predictions repeated(const Predictions& predictions, const std::vector<int32_t>& times) {
  std::vector<int64_t> rows;
  for (size_t i = 0; i < times.size(); ++i) {
    rows.insert(rows.end(), static_cast<size_t>(times[i]), static_cast<int64_t>(i));
  }
  Predictions result;
  result.probabilities =
      Matrix(static_cast<int64_t>(rows.size()), predictions.probabilities.cols());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto from = predictions.probabilities.row_span(rows[i]);
    std::copy(from.begin(), from.end(), result.probabilities.row(static_cast<int64_t>(i)));
    result.label.push_back(predictions.label[static_cast<size_t>(rows[i])]);
  }
  return result;
}

void expect_same_bits(double a, double b) {
  EXPECT_EQ(std::bit_cast<uint64_t>(a), std::bit_cast<uint64_t>(b)) << a << " and " << b;
}

void expect_same(const Evaluation& a, const Evaluation& b) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.confusion, b.confusion);
  for (double Evaluation::*figure :
       {&Evaluation::accuracy, &Evaluation::balanced_accuracy, &Evaluation::macro_f1,
        &Evaluation::weighted_f1, &Evaluation::auc, &Evaluation::average_precision}) {
    expect_same_bits(a.*figure, b.*figure);
  }
  ASSERT_EQ(a.classes.size(), b.classes.size());
  for (size_t k = 0; k < a.classes.size(); ++k) {
    EXPECT_EQ(a.classes[k].support, b.classes[k].support);
    for (double ClassMetrics::*figure :
         {&ClassMetrics::precision, &ClassMetrics::recall, &ClassMetrics::f1, &ClassMetrics::auc,
          &ClassMetrics::average_precision}) {
      expect_same_bits(a.classes[k].*figure, b.classes[k].*figure);
    }
  }
}

TEST(Scorer, CountingARowSeveralTimesIsRepeatingIt) {
  Rng rng(1);
  for (int64_t classes : {2, 3, 7}) {
    const Predictions predictions = random_predictions(rng, 90, classes);
    const Scorer scorer(predictions);
    for (uint64_t most : {2, 5}) {
      std::vector<int32_t> times;
      for (int i = 0; i < 90; ++i) times.push_back(static_cast<int32_t>(rng.below(most)));
      expect_same(scorer.evaluate(times), evaluate(repeated(predictions, times)));
    }
  }
}

TEST(Scorer, LeavingOutAllRowsOfAClassLeavesItsFiguresUndefined) {
  const Scorer scorer(test::predictions_of({0, 1, 1}, {{900, 124}, {300, 724}, {800, 224}}));
  EXPECT_EQ(scorer.rows(), 3);
  EXPECT_TRUE(std::isnan(scorer.evaluate(std::vector<int32_t>{0, 3, 1}).auc));
  EXPECT_TRUE(std::isnan(scorer.evaluate(std::vector<int32_t>{2, 0, 0}).average_precision));
  const Evaluation none = scorer.evaluate(std::vector<int32_t>{0, 0, 0});
  EXPECT_EQ(none.rows, 0);
  EXPECT_TRUE(std::isnan(none.accuracy));
  EXPECT_TRUE(std::isnan(none.balanced_accuracy));
}

TEST(Scorer, CountsByHand) {
  // Of class 1: p 0.75 (class 1, twice), 0.5 (class 0, three times), 0.25 (class 1, once).
  const Scorer scorer(test::predictions_of({1, 0, 1}, {{256, 768}, {512, 512}, {768, 256}}));
  const Evaluation result = scorer.evaluate(std::vector<int32_t>{2, 3, 1});
  EXPECT_EQ(result.rows, 6);
  EXPECT_EQ(result.confusion, (Confusion{{3, 0}, {1, 2}}));
  EXPECT_DOUBLE_EQ(result.auc, 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.average_precision, 2.0 / 3 * 1 + 1.0 / 3 * 0.5);
}

TEST(Scorer, ACountForEachRowIsOurPart) {
  const Scorer scorer(test::predictions_of({0, 1}, {{900, 124}, {300, 724}}));
  EXPECT_THROW(scorer.evaluate(std::vector<int32_t>{1}), InternalError);
  EXPECT_THROW(scorer.evaluate(std::vector<int32_t>{1, -1}), InternalError);
}

TEST(Scorer, RefusesProbabilitiesThatAreNotNumbers) {
  Predictions predictions = test::predictions_of({0, 1}, {{512, 512}, {511, 513}});
  predictions.probabilities(1, 0) = std::nanf("");
  test::expect_user_error([&] { Scorer scorer(predictions); }, "training diverged");
}

}  // namespace
}  // namespace puente
