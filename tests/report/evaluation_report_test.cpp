#include "report/evaluation_report.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

Estimate estimate(double low, double high) {
  Estimate e;
  e.value = (low + high) / 2;
  e.interval = {low, high};
  return e;
}

TEST(EvaluationReport, AnIntervalIsLowThenHigh) {
  EXPECT_EQ(interval_json(estimate(0.25, 0.75)), Json::array({0.25, 0.75}));
  EXPECT_EQ(interval_text(estimate(0.25, 0.75)), "0.2500 to 0.7500");
  EXPECT_TRUE(interval_json({}).is_null());
  EXPECT_EQ(interval_text({}), "-");
}

TEST(EvaluationReport, EachFigureHasItsOwnInterval) {
  EvaluationEstimates e;
  e.groups = 50;
  e.accuracy = estimate(0.1, 0.2);
  e.balanced_accuracy = estimate(0.2, 0.3);
  e.macro_f1 = estimate(0.3, 0.4);
  e.weighted_f1 = estimate(0.4, 0.5);
  e.auc = estimate(0.5, 0.6);
  e.average_precision = estimate(0.6, 0.7);
  e.classes = {{estimate(0.01, 0.02), estimate(0.02, 0.03), estimate(0.03, 0.04),
                estimate(0.04, 0.05), estimate(0.05, 0.06)}};
  const Json json = intervals_json(e, {"nv"});
  EXPECT_EQ(json["groups"], 50);
  EXPECT_EQ(json["accuracy"][0], 0.1);
  EXPECT_EQ(json["balanced_accuracy"][0], 0.2);
  EXPECT_EQ(json["macro_f1"][0], 0.3);
  EXPECT_EQ(json["weighted_f1"][0], 0.4);
  EXPECT_EQ(json["auc"][0], 0.5);
  EXPECT_EQ(json["average_precision"][1], 0.7);
  const Json& nv = json["per_class"]["nv"];
  EXPECT_EQ(nv["precision"][0], 0.01);
  EXPECT_EQ(nv["recall"][0], 0.02);
  EXPECT_EQ(nv["f1"][0], 0.03);
  EXPECT_EQ(nv["auc"][0], 0.04);
  EXPECT_EQ(nv["average_precision"][0], 0.05);
  EXPECT_TRUE(why_no_intervals(e).empty());
  e.accuracy.interval.reset();
  e.accuracy.why_none = "19 groups are too few";
  EXPECT_EQ(why_no_intervals(e), "no intervals: 19 groups are too few\n");
  EXPECT_EQ(intervals_json(e, {"nv"})["why_none"], "19 groups are too few");
}

}  // namespace
}  // namespace puente
