#include "eval/multi_label.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

#include "base/rng.h"
#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_near_or_nan;

MultiLabelPredictions multi_label_of(const nlohmann::json& label, const nlohmann::json& parts) {
  const auto truth = label.get<std::vector<std::vector<int32_t>>>();
  const auto yes = parts.get<std::vector<std::vector<float>>>();
  const auto labels = static_cast<int64_t>(truth.at(0).size());
  MultiLabelPredictions predictions{Matrix(static_cast<int64_t>(truth.size()), 2 * labels), {}};
  for (size_t i = 0; i < truth.size(); ++i) {
    predictions.label.insert(predictions.label.end(), truth[i].begin(), truth[i].end());
    for (size_t l = 0; l < truth[i].size(); ++l) {
      float* own = predictions.probabilities.row(static_cast<int64_t>(i)) + 2 * l;
      own[1] = yes[i][l] / 1024;
      own[0] = 1 - own[1];
    }
  }
  return predictions;
}

TEST(MultiLabel, MetricsAreScikitLearns) {
  const auto golden = nlohmann::json::parse(test::read_text(test::golden("multi_label.json")));
  ASSERT_EQ(golden["cases"].size(), 3u);
  for (const auto& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"]);
    const MultiLabelEvaluation e =
        evaluate(multi_label_of(expected["label"], expected["yes_1024ths"]));
    ASSERT_EQ(e.labels.size(), expected["labels"].size());
    std::vector<double> balanced;
    for (size_t l = 0; l < e.labels.size(); ++l) {
      const auto& own = expected["labels"][l];
      EXPECT_EQ(e.labels[l].rows, own["rows"]);
      expect_near_or_nan(e.labels[l].accuracy, own["accuracy"]);
      expect_near_or_nan(e.labels[l].balanced_accuracy, own["balanced_accuracy"]);
      expect_near_or_nan(e.labels[l].classes[1].f1, own["f1"]);
      expect_near_or_nan(e.labels[l].classes[1].recall, own["sensitivity"]);
      expect_near_or_nan(e.labels[l].classes[0].recall, own["specificity"]);
      expect_near_or_nan(e.labels[l].auc, own["auc"]);
      expect_near_or_nan(e.labels[l].average_precision, own["average_precision"]);
      balanced.push_back(own["balanced_accuracy"]);
    }
    EXPECT_NEAR(e.balanced_accuracy,
                std::accumulate(balanced.begin(), balanced.end(), 0.0) /
                    static_cast<double>(balanced.size()),
                1e-12);
    if (!expected.contains("macro")) continue;
    expect_near_or_nan(e.accuracy, expected["macro"]["accuracy"]);
    expect_near_or_nan(e.macro_f1, expected["macro"]["macro_f1"]);
    expect_near_or_nan(e.auc, expected["macro"]["auc"]);
    expect_near_or_nan(e.average_precision, expected["macro"]["average_precision"]);
  }
  const auto& without = golden["cases"][2];
  EXPECT_TRUE(std::isnan(evaluate(multi_label_of(without["label"], without["yes_1024ths"])).auc));
}

TEST(MultiLabel, ALabelThatNoRowKnowsIsUndefined) {
  const MultiLabelPredictions predictions =
      multi_label_of({{1, -1}, {0, -1}}, {{1000, 3}, {24, 1000}});
  const MultiLabelEvaluation e = evaluate(predictions);
  EXPECT_EQ(e.labels[0].classes[1].f1, 1);
  EXPECT_EQ(e.labels[1].rows, 0);
  for (const double mean : {e.accuracy, e.macro_f1, e.auc}) EXPECT_TRUE(std::isnan(mean));
}

/// 60 groups of one to three rows; label 1 is known in most rows, label 2 in those of 12 groups.
struct MadeLabels {
  MultiLabelPredictions predictions;
  std::vector<int32_t> group;
};

MadeLabels made() {
  Rng rng(11);
  nlohmann::json label, yes;
  MadeLabels data;
  for (int32_t g = 0; g < 60; ++g) {
    for (uint64_t i = 0, rows = 1 + rng.below(3); i < rows; ++i) {
      const int a = static_cast<int>(rng.below(2)), b = static_cast<int>(rng.below(2));
      label.push_back({a, rng.below(4) == 0 ? -1 : b, g < 12 ? b : -1});
      const auto score = [&](int truth) { return static_cast<int>(rng.below(700)) + 324 * truth; };
      yes.push_back({score(a), score(b), score(b)});
      data.group.push_back(g);
    }
  }
  data.predictions = multi_label_of(label, yes);
  return data;
}

void expect_same(const Estimate& a, const Estimate& b) {
  EXPECT_EQ(a.value, b.value);
  ASSERT_EQ(a.interval.has_value(), b.interval.has_value()) << a.why_none << b.why_none;
  EXPECT_EQ(a.why_none, b.why_none);
  if (!a.interval) return;
  EXPECT_EQ(a.interval->low, b.interval->low);
  EXPECT_EQ(a.interval->high, b.interval->high);
}

TEST(MultiLabel, EachLabelsIntervalsAreThoseOfTheLabelAlone) {
  const MadeLabels data = made();
  const BootstrapPlan plan{.resamples = 200, .seed = 5, .threads = 2};
  const MultiLabelEstimates all = estimate_evaluation({&data.predictions, 1}, data.group, plan);
  EXPECT_EQ(all.groups, 60);
  for (int64_t l = 0; l < 3; ++l) {
    const LabelPredictions own = of_label(data.predictions, l);
    std::vector<int32_t> group;
    for (const int32_t row : own.rows) group.push_back(data.group[static_cast<size_t>(row)]);
    const EvaluationEstimates one = estimate_evaluation({&own.predictions, 1}, group, plan);
    const EvaluationEstimates& actual = all.labels[static_cast<size_t>(l)];
    EXPECT_EQ(actual.groups, one.groups);
    expect_same(actual.auc, one.auc);
    expect_same(actual.classes[1].f1, one.classes[1].f1);
  }
  EXPECT_NE(all.labels[2].auc.why_none.find("12 groups"), std::string::npos);
}

TEST(MultiLabel, TheMeansIntervalIsOverResamplesThatLabelsShare) {
  // Twice the same label: its mean varies as the label does. In resamples of their own it would
  // vary less, by the square root of two.
  MadeLabels data = made();
  for (size_t row = 0; row < data.group.size(); ++row) {
    data.predictions.label[3 * row + 1] = data.predictions.label[3 * row];
    data.predictions.label[3 * row + 2] = data.predictions.label[3 * row];
    float* own = data.predictions.probabilities.row(static_cast<int64_t>(row));
    for (int64_t l : {1, 2}) std::copy_n(own, 2, own + 2 * l);
  }
  const MultiLabelEstimates all =
      estimate_evaluation({&data.predictions, 1}, data.group, {.resamples = 200});
  EXPECT_NEAR(all.auc.value, all.labels[0].auc.value, 1e-15);
  EXPECT_NEAR(all.auc.interval->low, all.labels[0].auc.interval->low, 1e-12);
  EXPECT_NEAR(all.auc.interval->high, all.labels[0].auc.interval->high, 1e-12);
  EXPECT_NEAR(all.macro_f1.interval->low, all.labels[0].classes[1].f1.interval->low, 1e-12);
  EXPECT_LT(all.auc.interval->low, all.auc.interval->high);
}

TEST(MultiLabel, RowsJoinAndAreTaken) {
  const MultiLabelPredictions a = multi_label_of({{1, 0}}, {{1000, 3}});
  const MultiLabelPredictions b = multi_label_of({{0, -1}, {1, 1}}, {{5, 6}, {7, 8}});
  const std::vector<MultiLabelPredictions> parts = {a, b};
  const MultiLabelPredictions all = joined(parts);
  EXPECT_EQ(all.label, (std::vector<int32_t>{1, 0, 0, -1, 1, 1}));
  const MultiLabelPredictions some = predictions_at(all, std::vector<int32_t>{2, 0});
  EXPECT_EQ(some.label, (std::vector<int32_t>{1, 1, 1, 0}));
  EXPECT_EQ(some.probabilities(0, 3), 8.0f / 1024);
  EXPECT_EQ(some.probabilities(1, 1), 1000.0f / 1024);
  EXPECT_EQ(of_label(all, 1).rows, (std::vector<int32_t>{0, 2}));
  EXPECT_EQ(of_label(all, 1).predictions.probabilities(1, 1), 8.0f / 1024);
}

}  // namespace
}  // namespace puente
