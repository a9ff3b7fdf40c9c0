#include "bundle/evaluate_labels.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "data/rows_at.h"
#include "experiment/run.h"
#include "formats/json.h"
#include "support/files.h"
#include "support/made_labels.h"

namespace puente {
namespace {

/// A training of three labels and its folder.
class LabelBundle : public testing::Test {
 protected:
  void SetUp() override {
    dataset_ = make_multi_label_dataset(test::made_labels(), {"itch", "grew", "bleed"},
                                        {.label = {}, .group = "patient"});
    const RunPlan plan{
        .fusion = FusionKind::late, .align = AlignSpec::parse("shift:0.3"), .epochs = 3};
    split_ = make_split(dataset_, plan.protocol);
    result_ = run(dataset_, split_, align_for(dataset_, split_, plan.protocol.kind, plan.align),
                  plan, {});
    fitted_ = fit_assessment(dataset_, split_, result_.chosen_on, {},
                             {.sensitivity = 0.9, .specificity = {}});
    save_fusion_weights(result_.weights, folder_ / "model.safetensors");
    save_bundle(make_bundle(dataset_, split_, result_, fitted_, {}), folder_.path());
  }

  MultiLabelDataset dataset_;
  Split split_;
  MultiLabelRunResult result_;
  std::vector<Fitted> fitted_;
  test::TemporaryFolder folder_;
};

TEST_F(LabelBundle, ScoresTheTestRowsAsTheTrainingDid) {
  const std::vector<Bundle> bundles = load_bundle(folder_.path());
  ASSERT_EQ(bundles.size(), 3u);
  EXPECT_EQ(bundles[1].label, "grew");
  EXPECT_EQ(bundles[1].classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(bundles[2].fitted.temperature, fitted_[2].temperature);
  EXPECT_EQ(bundles[2].fitted.thresholds[0].chosen->threshold,
            fitted_[2].thresholds[0].chosen->threshold);
  const MultiLabelDataset other =
      dataset_for(bundles, rows_at(dataset_.table, split_.test), dataset_.options);
  EXPECT_EQ(other.labels.of_row, labels_at(dataset_.labels, split_.test).of_row);
  AssessmentPlan plan;
  plan.threads = 2;
  const LabelsEvaluation e = evaluate_bundle(bundles, other, plan);
  EXPECT_EQ(e.predictions.probabilities, result_.predictions.probabilities);
  EXPECT_EQ(e.scores.auc, result_.test.auc);
  const std::vector<Assessment> trained =
      assess(dataset_, {split_.test, result_.predictions}, fitted_, {});
  for (size_t l = 0; l < 3; ++l) {
    EXPECT_EQ(e.assessments[l].tempered->brier, trained[l].tempered->brier);
    EXPECT_EQ(e.assessments[l].thresholds[0].test->sensitivity,
              trained[l].thresholds[0].test->sensitivity);
  }
  EXPECT_TRUE(e.absent.empty());
  ASSERT_TRUE(e.image_drift && e.text_drift);
}

TEST_F(LabelBundle, OneOfItsLabelsIsABundleOfItsOwn) {
  const std::vector<Bundle> bundles = load_bundle(folder_.path());
  EmbeddingTable table = rows_at(dataset_.table, split_.test);
  const Dataset other = dataset_for(bundles[0], table, {.label = "itch", .group = "patient"});
  const BundleEvaluation e = evaluate_bundle(bundles[0], other, {});
  EXPECT_EQ(e.predictions.probabilities,
            of_label(result_.predictions, 0).predictions.probabilities);
  EXPECT_EQ(e.scores.auc, result_.test.labels[0].auc);
}

TEST_F(LabelBundle, AnswersOfTheOtherTableAreTheBundlesOrEmpty) {
  const std::vector<Bundle> bundles = load_bundle(folder_.path());
  EmbeddingTable table = rows_at(dataset_.table, std::vector<int32_t>{0, 1, 2, 3, 4, 5});
  for (size_t row = 0; row < 6; ++row) table.columns[3].values[row] = row == 4 ? "yes" : "";
  for (size_t column : {2, 4}) table.columns[column].values[1] = "";
  const MultiLabelDataset some = dataset_for(bundles, table, dataset_.options);
  EXPECT_EQ(some.unlabelled, 1);
  EXPECT_EQ(some.table_row, (std::vector<int64_t>{0, 2, 3, 4, 5}));
  const LabelsEvaluation e = evaluate_bundle(bundles, some, {});
  EXPECT_NE(std::ranges::find(e.absent, "grew no"), e.absent.end());
  EXPECT_EQ(e.scores.labels[1].rows, 1);

  table.columns[3].values[2] = "1";
  test::expect_user_error(
      [&] { dataset_for(bundles, table, dataset_.options); },
      "row 3: '1' in column 'grew' is neither of the bundle's answers (no, yes)");
  for (size_t column : {2, 3, 4}) table.columns[column].values.assign(6, "");
  test::expect_user_error([&] { dataset_for(bundles, table, dataset_.options); },
                          "no row has an answer to itch, grew, bleed");
}

TEST_F(LabelBundle, IsHeldToItsModel) {
  const Json json = read_json(folder_ / "bundle.json");
  EXPECT_EQ(json["version"], 2);
  const auto expect = [&](const Json& damaged, std::string_view part) {
    folder_.file("bundle.json", damaged.dump());
    test::expect_user_error([&] { load_bundle(folder_.path()); }, part);
  };
  Json damaged = json;
  damaged["labels"].erase(2);
  expect(damaged, "it is for 4 classes of 16 + 16 numbers, and");
  damaged["labels"].erase(1);
  expect(damaged, "'labels' is not a list of two or more");
  damaged = json;
  damaged["labels"][1]["classes"] = Json::array({"no"});
  expect(damaged, "'labels[1].classes' is not a list of two names");
  damaged = json;
  damaged["labels"][1].erase("temperature");
  expect(damaged, "'labels[1].temperature' is missing");
  damaged = json;
  damaged["version"] = 3;
  expect(damaged, "format version 3, and this puente reads versions 1 and 2");
}

}  // namespace
}  // namespace puente
