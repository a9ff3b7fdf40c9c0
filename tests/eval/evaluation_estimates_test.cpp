#include "eval/evaluation_estimates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "eval/join_predictions.h"

namespace puente {
namespace {

struct Made {
  Predictions predictions;
  std::vector<int32_t> group;
};

Made made(int64_t groups, uint64_t seed) {
  Rng rng(seed);
  Made made;
  std::vector<float> p;
  for (int64_t g = 0; g < groups; ++g) {
    for (uint64_t i = 0; i <= rng.below(3); ++i) {
      const auto label = static_cast<int32_t>(rng.below(3));
      made.predictions.label.push_back(label);
      made.group.push_back(static_cast<int32_t>(g));
      double sum = 0;
      std::array<double, 3> odds{};
      for (int32_t k = 0; k < 3; ++k) {
        sum += odds[static_cast<size_t>(k)] = std::exp(rng.normal() + (k == label ? 1.0 : 0.0));
      }
      for (const double o : odds) p.push_back(static_cast<float>(o / sum));
    }
  }
  made.predictions.probabilities = Matrix(static_cast<int64_t>(made.group.size()), 3);
  std::ranges::copy(p, made.predictions.probabilities.data());
  return made;
}

TEST(EvaluationEstimates, ValuesAreThoseOfTheEvaluationInsideTheirIntervals) {
  const Made m = made(60, 1);
  const Evaluation scores = evaluate(m.predictions);
  const EvaluationEstimates e = estimate_evaluation({&m.predictions, 1}, m.group, {.seed = 3});
  EXPECT_EQ(e.groups, 60);
  const auto holds = [](const Estimate& estimate, double value) {
    EXPECT_EQ(estimate.value, value);
    ASSERT_TRUE(estimate.interval);
    EXPECT_LT(estimate.interval->low, value);
    EXPECT_GT(estimate.interval->high, value);
  };
  holds(e.accuracy, scores.accuracy);
  holds(e.balanced_accuracy, scores.balanced_accuracy);
  holds(e.macro_f1, scores.macro_f1);
  holds(e.weighted_f1, scores.weighted_f1);
  holds(e.auc, scores.auc);
  holds(e.average_precision, scores.average_precision);
  ASSERT_EQ(e.classes.size(), 3u);
  holds(e.classes[1].recall, scores.classes[1].recall);
  holds(e.classes[2].auc, scores.classes[2].auc);
}

TEST(EvaluationEstimates, KappaIsDrawnByGroupsLikeTheOthers) {
  const Made m = made(60, 1);
  const ClassOrder order{{1, 0, 2}};
  const BootstrapPlan plan{.resamples = 300, .seed = 3};
  EXPECT_FALSE(estimate_evaluation({&m.predictions, 1}, m.group, plan).quadratic_kappa);
  const EvaluationEstimates e = estimate_evaluation({&m.predictions, 1}, m.group, plan, order);
  const Statistic kappa = [&](std::span<const int32_t> times, std::span<double> values) {
    Confusion confusion(3, std::vector<int64_t>(3));
    for (size_t i = 0; i < times.size(); ++i) {
      const int32_t predicted =
          predicted_class(m.predictions.probabilities.row_span(static_cast<int64_t>(i)));
      confusion[static_cast<size_t>(m.predictions.label[i])][static_cast<size_t>(predicted)] +=
          times[i];
    }
    values[0] = quadratic_kappa(confusion, order);
  };
  const Estimate alone = bootstrap(m.group, 1, kappa, plan).front();
  ASSERT_TRUE(e.quadratic_kappa && e.quadratic_kappa->interval);
  EXPECT_EQ(e.quadratic_kappa->value, alone.value);
  EXPECT_EQ(e.quadratic_kappa->interval->low, alone.interval->low);
  EXPECT_EQ(e.quadratic_kappa->interval->high, alone.interval->high);
  const EvaluationEstimates without = estimate_evaluation({&m.predictions, 1}, m.group, plan);
  EXPECT_EQ(e.classes[2].auc.interval->low, without.classes[2].auc.interval->low);
}

TEST(EvaluationEstimates, OfRepeatsAreOfTheirMean) {
  const Made a = made(40, 1);
  Predictions b = a.predictions;
  for (int64_t i = 0; i < b.probabilities.rows(); ++i) {
    std::ranges::reverse(b.probabilities.row_span(i));
  }
  const std::array both = {a.predictions, b};
  const EvaluationEstimates e = estimate_evaluation(both, a.group, {.resamples = 200});
  EXPECT_DOUBLE_EQ(e.accuracy.value, (evaluate(a.predictions).accuracy + evaluate(b).accuracy) / 2);
}

TEST(EvaluationEstimates, FewGroupsHaveNoInterval) {
  const Made m = made(19, 2);
  const EvaluationEstimates e = estimate_evaluation({&m.predictions, 1}, m.group, {});
  EXPECT_FALSE(e.accuracy.interval);
  EXPECT_FALSE(e.accuracy.why_none.empty());
}

TEST(JoinPredictions, PutsPartsOneAfterAnother) {
  const Made a = made(5, 1), b = made(7, 2);
  const std::array both = {a.predictions, b.predictions};
  const Predictions all = joined(both);
  const int64_t first = a.predictions.probabilities.rows();
  ASSERT_EQ(all.probabilities.rows(), first + b.predictions.probabilities.rows());
  EXPECT_EQ(all.label.size(), a.group.size() + b.group.size());
  EXPECT_EQ(all.label[a.group.size()], b.predictions.label[0]);
  EXPECT_EQ(all.probabilities(first, 2), b.predictions.probabilities(0, 2));
  EXPECT_EQ(all.probabilities(0, 1), a.predictions.probabilities(0, 1));
}

}  // namespace
}  // namespace puente
