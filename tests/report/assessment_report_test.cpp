#include "report/assessment_report.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace puente {
namespace {

const std::vector<std::string> kClasses = {"benign", "malignant"};

EvaluationEstimates estimates_with(Interval interval) {
  EvaluationEstimates estimates;
  estimates.accuracy.interval = interval;
  estimates.macro_f1.interval = interval;
  estimates.classes.resize(2);
  return estimates;
}

Evaluation scores_of(int64_t rows) {
  Evaluation scores;
  scores.rows = rows;
  scores.accuracy = 0.75;
  scores.macro_f1 = 0.7;
  scores.auc = std::numeric_limits<double>::quiet_NaN();
  scores.classes.resize(2);
  return scores;
}

Assessment made_assessment() {
  Assessment a;
  a.calibration.brier = 0.3;
  a.calibration.expected_error = 0.125;
  a.calibration.bins = {{0, 0.1, 0, std::nan(""), std::nan("")}};
  a.calibration.classes = {{1, 0, 0}, {std::nan(""), std::nan(""), 0.5}};
  a.temperature = 1.5;
  a.tempered = a.calibration;
  a.thresholds = {{1, Wish::sensitivity, 0.9, OperatingPoint{0.25F, {}},
                   ThresholdOutcome{9, 3, 17, 1, 0.9, 0.85, 0.75, std::nan("")}},
                  {1, Wish::specificity, 1, {}, {}}};
  AssessedSubgroups sex;
  sex.scores.column = "sex";
  sex.scores.subgroups = {{"female", 30, scores_of(30)}, {"male", 7, {}}};
  sex.scores.gaps = {{"recall", 1, 0.2, "male", "female"}};
  sex.estimates = {estimates_with({0.6, 0.9}), {}};
  a.subgroups = {sex};
  return a;
}

TEST(AssessmentReport, JsonHasNullForWhatIsUndefined) {
  const std::string text = assessment_json(made_assessment(), kClasses).dump();
  const Json json = parse_json(text, "made");
  EXPECT_EQ(json["calibration"]["brier"], 0.3);
  EXPECT_TRUE(json["calibration"]["bins"][0]["mean_confidence"].is_null());
  EXPECT_TRUE(json["calibration"]["per_class"]["malignant"]["slope"].is_null());
  EXPECT_EQ(json["temperature"], 1.5);
  const Json& points = json["operating_points"];
  EXPECT_EQ(points[0]["class"], "malignant");
  EXPECT_EQ(points[0]["wished"]["sensitivity"], 0.9);
  EXPECT_EQ(points[0]["threshold"], 0.25);
  EXPECT_EQ(points[0]["test"]["false_positives"], 3);
  EXPECT_TRUE(points[0]["test"]["negative_predictive_value"].is_null());
  EXPECT_TRUE(points[1]["threshold"].is_null());
  EXPECT_FALSE(points[1].contains("test"));
  EXPECT_FALSE(json["subgroups"][0].contains("cuts"));
  const Json& sex = json["subgroups"][0];
  EXPECT_EQ(sex["column"], "sex");
  EXPECT_EQ(sex["subgroups"][0]["rows"], 30);
  EXPECT_EQ(sex["subgroups"][0]["scores"]["accuracy"], 0.75);
  EXPECT_TRUE(sex["subgroups"][0]["scores"]["auc"].is_null());
  EXPECT_EQ(sex["subgroups"][0]["scores"]["intervals"]["accuracy"][1], 0.9);
  EXPECT_EQ(sex["gaps"][0]["class"], "malignant");
  EXPECT_FALSE(json.contains("per_group"));
}

TEST(AssessmentReport, ASmallSubgroupIsNamedAndNothingElse) {
  const Json json = assessment_json(made_assessment(), kClasses);
  const Json& male = json["subgroups"][0]["subgroups"][1];
  EXPECT_EQ(male, (Json{{"name", "male"}, {"suppressed", "under 10 rows"}}));
  EXPECT_NE(assessment_text(made_assessment(), kClasses).find("under 10"), std::string::npos);
}

TEST(AssessmentReport, TextSaysWhatAPersonNeeds) {
  Assessment a = made_assessment();
  a.per_group = GroupScores{Pooling::max, scores_of(25), {}};
  a.per_group->estimates.accuracy.why_none = "only 12 groups";
  const std::string text = assessment_text(a, kClasses);
  for (const char* part :
       {"Brier 0.3000", "with temperature 1.50", "malignant: sensitivity 0.9", "0.2500",
        "malignant: specificity 1", "none reaches it", "chosen without the test rows", "sex",
        "0.6000 to 0.9000", "gap in recall of malignant 0.2000: lowest male, highest female",
        "one answer per group (max over its rows)", "no intervals: only 12 groups"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find(" nan"), std::string::npos);
  EXPECT_EQ(assessment_json(a, kClasses)["per_group"]["pooling"], "max");
  a.temperature.reset();
  a.tempered.reset();
  EXPECT_EQ(assessment_text(a, kClasses).find("temperature"), std::string::npos);
  EXPECT_TRUE(assessment_json(a, kClasses)["temperature"].is_null());
}

TEST(AssessmentReport, SaysOnWhichRowsBandsAreCut) {
  Assessment a = made_assessment();
  a.subgroups[0].rule = {"age", {40, 65}};
  Json json = assessment_json(a, kClasses)["subgroups"][0];
  EXPECT_EQ(json["cuts"], Json({40.0, 65.0}));
  EXPECT_EQ(json["cut_on"], "training rows");
  EXPECT_NE(assessment_text(a, kClasses).find("bands: quartiles of the training rows\n"),
            std::string::npos);
  a.subgroups[0].from_training = false;
  EXPECT_EQ(assessment_json(a, kClasses)["subgroups"][0]["cut_on"], "these rows");
  EXPECT_NE(assessment_text(a, kClasses).find("quartiles of these rows"), std::string::npos);
  EXPECT_EQ(assessment_text(made_assessment(), kClasses).find("bands"), std::string::npos);
}

TEST(AssessmentReport, SubgroupsOfAnOrdinalLabelHaveKappa) {
  Assessment a = made_assessment();
  EXPECT_EQ(assessment_text(a, kClasses).find("quadratic kappa"), std::string::npos);
  a.subgroups[0].scores.subgroups[0].evaluation->quadratic_kappa = 0.4321;
  const std::string text = assessment_text(a, kClasses);
  EXPECT_NE(text.find("quadratic kappa"), std::string::npos);
  EXPECT_NE(text.find("0.4321"), std::string::npos);
  EXPECT_EQ(
      assessment_json(a, kClasses)["subgroups"][0]["subgroups"][0]["scores"]["quadratic_kappa"],
      0.4321);
}

}  // namespace
}  // namespace puente
