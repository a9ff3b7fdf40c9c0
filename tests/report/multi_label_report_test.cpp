// What a run of several labels writes and shows.
#include <algorithm>
#include <gtest/gtest.h>

#include "data/manifest.h"
#include "experiment/multi_label_assessment.h"
#include "report/assessment_report.h"
#include "report/cross_validation_report.h"
#include "report/evaluation_report.h"
#include "report/run_report.h"
#include "store/table_io.h"
#include "support/files.h"
#include "support/made_labels.h"

namespace puente {
namespace {

class MultiLabelReport : public testing::Test {
 protected:
  MultiLabelReport() {
    write_table(test::made_labels(400, 2.5), folder_ / "t.csv");
    dataset_ = make_multi_label_dataset(read_table(folder_ / "t.csv"), {"itch", "grew", "bleed"},
                                        {.label = {}, .group = "patient"});
    split_ = make_split(dataset_, plan_.protocol);
    result_ = run(dataset_, split_, align_for(dataset_, split_, plan_.protocol.kind, plan_.align),
                  plan_, {});
    result_.estimates = estimate_test(dataset_, split_.test, {&result_.predictions, 1}, 1);
  }
  RunContext context() { return {{(folder_ / "t.csv").string()}, 1.5}; }

  test::TemporaryFolder folder_;
  RunPlan plan_{.epochs = 3};
  MultiLabelDataset dataset_;
  Split split_;
  MultiLabelRunResult result_;
};

TEST_F(MultiLabelReport, MetricsHaveEveryLabelAndTheirMeans) {
  const Json json = metrics_json(dataset_, split_, result_, context());
  EXPECT_EQ(json["task"]["type"], "multi-label");
  EXPECT_EQ(json["task"]["labels"][1], (Json{{"label", "grew"}, {"no", "no"}, {"yes", "yes"}}));
  const Json& rows = json["task"]["rows_per_label"]["bleed"];
  EXPECT_EQ(rows["0"].get<int>() + rows["1"].get<int>() + rows["unknown"].get<int>(), 400);
  EXPECT_GT(rows["unknown"], 20);
  const Json& test = json["test"];
  EXPECT_EQ(test["auc"], result_.test.auc);
  EXPECT_EQ(test["labels"]["grew"]["auc"], result_.test.labels[1].auc);
  EXPECT_EQ(test["labels"]["grew"]["per_class"]["yes"]["f1"], result_.test.labels[1].classes[1].f1);
  EXPECT_EQ(test["intervals"]["macro_f1"][0], result_.estimates->macro_f1.interval->low);
  EXPECT_EQ(test["intervals"]["labels"]["bleed"]["auc"][1],
            result_.estimates->labels[2].auc.interval->high);
  EXPECT_EQ(json["split"]["test"]["rows_per_label"]["itch"]["unknown"], 0);
  EXPECT_TRUE(json["epochs"][0]["validation"].contains("macro_f1"));
  EXPECT_NE(json["cautions"][0].get<std::string>().find("other labels: bleed in "),
            std::string::npos);
}

TEST_F(MultiLabelReport, TextHasALineForEveryLabel) {
  const std::string text = run_text(dataset_, split_, result_, context());
  EXPECT_NE(text.find("labels itch, grew, bleed (yes or no each)"), std::string::npos);
  for (const char* label : {"\nitch ", "\ngrew ", "\nbleed ", "mean over labels"}) {
    EXPECT_NE(text.find(label), std::string::npos) << label;
  }
  const std::string bleed = text.substr(text.find("\nbleed ") + 1);
  EXPECT_NE(bleed.find(score_text(result_.test.labels[2].classes[0].recall)), std::string::npos);
  EXPECT_NE(bleed.find(interval_text(result_.estimates->labels[2].auc)), std::string::npos);
  const std::vector<Fitted> fitted = fit_assessment(dataset_, split_, result_.chosen_on, {},
                                                    {.sensitivity = 0.9, .specificity = {}});
  const auto assessed = assess(dataset_, {split_.test, result_.predictions}, fitted, {});
  EXPECT_NE(assessment_text(assessed, dataset_.labels).find("\nlabel grew\ncalibration: Brier"),
            std::string::npos);
  EXPECT_EQ(assessment_json(assessed, dataset_.labels)["labels"]["grew"]["calibration"]["brier"],
            assessed[1].calibration.brier);
}

TEST_F(MultiLabelReport, PredictionsHaveThreeColumnsForEveryLabel) {
  write_run(folder_.path(), dataset_, split_, result_,
            metrics_json(dataset_, split_, result_, context()));
  const Manifest read = read_manifest(folder_ / "predictions.csv");
  const std::vector<std::string> names = {"row",
                                          "id",
                                          "patient",
                                          "itch",
                                          "grew",
                                          "bleed",
                                          "true_itch",
                                          "predicted_itch",
                                          "probability_itch",
                                          "true_grew",
                                          "predicted_grew",
                                          "probability_grew",
                                          "true_bleed",
                                          "predicted_bleed",
                                          "probability_bleed"};
  ASSERT_EQ(read.columns.size(), names.size());
  for (size_t c = 0; c < names.size(); ++c) EXPECT_EQ(read.columns[c].name, names[c]);
  for (size_t i = 0; i < split_.test.size(); ++i) {
    EXPECT_EQ(read.columns[12].values[i], read.columns[5].values[i]);  // also where it is empty
    const float yes = result_.predictions.probabilities(static_cast<int64_t>(i), 3);
    EXPECT_EQ(std::stof(read.columns[11].values[i]), yes);
    EXPECT_EQ(read.columns[10].values[i], yes > 0.5F ? "yes" : "no");
  }
}

TEST_F(MultiLabelReport, CrossValidationHasEveryLabel) {
  Silent silent;
  plan_.protocol = ProtocolOptions::parse("kfold:2x2");
  plan_.epochs = 1;
  const MultiLabelCrossValidation all =
      cross_validate(dataset_, make_splits(dataset_, plan_.protocol), plan_, silent);
  const Json json = cross_validation_json(dataset_, plan_, all, context());
  EXPECT_EQ(json["test"]["repeats"][1]["labels"]["itch"]["auc"],
            all.repeats[1].scores.labels[0].auc);
  EXPECT_EQ(json["test"]["intervals"]["labels"]["itch"]["auc"][0],
            all.estimates.labels[0].auc.interval->low);
  const std::string text = cross_validation_text(dataset_, plan_, all, context());
  for (const char* part : {"labels itch, grew, bleed", "\nbleed ", "±", "repeat 1"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace puente
