// Several yes/no labels from a table to a run, its assessment and a cross-validation.
#include "eval/multi_label.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "data/manifest.h"
#include "experiment/cross_validation.h"
#include "experiment/multi_label_assessment.h"
#include "experiment/run.h"
#include "support/files.h"
#include "support/made_labels.h"

namespace puente {
namespace {

const std::vector<std::string> kLabels = {"itch", "grew", "bleed"};
const DatasetOptions kOptions = {.label = {}, .group = "patient"};

MultiLabelDataset several_labels(int64_t rows = 240) {
  return make_multi_label_dataset(test::made_labels(rows), kLabels, kOptions);
}

MultiLabelRunResult run_once(const MultiLabelDataset& dataset, const Split& split,
                             const RunPlan& plan) {
  return run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), plan, {});
}

TEST(MultiLabelDataset, LeavesOutRowsWithoutAnyAnswer) {
  EmbeddingTable table = test::made_labels(20);
  for (size_t c : {2, 3, 4}) table.columns[c].values[6] = "";
  table.columns[2].values[9] = "";
  table.columns[1].values[6] = "";  // its group does not matter then
  const MultiLabelDataset dataset = make_multi_label_dataset(table, kLabels, kOptions);
  EXPECT_EQ(dataset.unlabelled, 1);
  EXPECT_EQ(dataset.rows(), 19);
  EXPECT_EQ(dataset.table_row[6], 7);
  EXPECT_EQ(dataset.table.columns[0].values[6], "r7");
  EXPECT_EQ(dataset.labels.at(8, 0), kNoAnswer);
  EXPECT_EQ(dataset.options.label, "itch,grew,bleed");

  const OneLabel one = one_label(dataset, 0, Vectors::all);
  EXPECT_EQ(one.dataset.options.label, "itch");
  EXPECT_EQ(one.dataset.rows(), 18);
  EXPECT_EQ(one.dataset.table_row[8], 10);
  EXPECT_EQ(one.dataset.table.image(8, 3), table.image(10, 3));
  EXPECT_EQ(one.dataset.labels.names, (std::vector<std::string>{"False", "True"}));
  EXPECT_EQ(one.rows[8], 9);
  const Split split = one.split({{0, 8, 9}, {1}, {{8, 9}, {0}}, {18}, {}});
  EXPECT_EQ(split.train, (std::vector<int32_t>{0, 8}));
  EXPECT_EQ(split.inner[0], (std::vector<int32_t>{8}));
  EXPECT_EQ(split.test, (std::vector<int32_t>{17}));
  EXPECT_FALSE(one_label(dataset, 0, Vectors::none).dataset.table.has_image());
}

TEST(MultiLabelDataset, RefusesWhatItCannotTake) {
  const EmbeddingTable table = test::made_labels(20);
  test::expect_user_error(
      [&] {
        make_multi_label_dataset(table, {"itch", "dx"}, kOptions);
      },
      "no column 'dx'");
  test::expect_user_error(
      [&] {
        make_multi_label_dataset(table, {"itch", "id"}, kOptions);
      },
      "row 1: 'r0' in column 'id'");
  DatasetOptions options = kOptions;
  options.min_groups = 3;
  test::expect_user_error([&] { make_multi_label_dataset(table, kLabels, options); },
                          "--min-groups");
  EmbeddingTable no_group = table;
  no_group.columns[1].values[4] = " ";
  test::expect_user_error([&] { make_multi_label_dataset(no_group, kLabels, kOptions); },
                          "row 5 has no value in column 'patient'");
}

TEST(MultiLabelRun, LearnsEveryLabelAlsoWhereAnswersAreMissing) {
  const MultiLabelDataset dataset = several_labels(400);
  for (const FusionKind fusion : {FusionKind::early, FusionKind::late}) {
    const RunPlan plan{.fusion = fusion, .epochs = 20};
    const Split split = make_split(dataset, plan.protocol);
    const MultiLabelRunResult result = run_once(dataset, split, plan);
    EXPECT_EQ(result.shape.outputs(), 3);
    ASSERT_EQ(result.test.labels.size(), 3u);
    for (const Evaluation& label : result.test.labels) EXPECT_GT(label.auc, 0.9);
    EXPECT_GT(result.test.macro_f1, 0.8);
    EXPECT_LT(result.epochs.back().train_loss, result.epochs.front().train_loss);
    EXPECT_EQ(result.predictions.rows(), static_cast<int64_t>(split.test.size()));
    EXPECT_LT(result.test.labels[2].rows, result.test.rows);
  }
}

TEST(MultiLabelRun, ChoosesTheEpochWithoutTheTestRows) {
  const MultiLabelDataset dataset = several_labels();
  for (const Chooser chooser : {Chooser::validation, Chooser::folds}) {
    const RunPlan plan{.protocol = {.chooser = chooser}, .epochs = 4};
    const Split split = make_split(dataset, plan.protocol);
    MultiLabelDataset changed = dataset;
    for (const int32_t row : split.test) {
      for (int64_t l = 0; l < 3; ++l) {
        int32_t& answer = changed.labels.of_row[static_cast<size_t>(3 * row + l)];
        if (answer != kNoAnswer) answer = 1 - answer;
      }
    }
    const MultiLabelRunResult a = run_once(dataset, split, plan);
    const MultiLabelRunResult b = run_once(changed, split, plan);
    EXPECT_EQ(a.chosen_epoch, b.chosen_epoch);
    EXPECT_EQ(a.weights, b.weights);
    EXPECT_EQ(a.epochs[3].validation_loss, b.epochs[3].validation_loss);
    EXPECT_NEAR(a.test.accuracy, 1 - b.test.accuracy, 1e-12);
  }
}

TEST(MultiLabelRun, ALabelThatNoTestRowKnowsIsUndefinedAndChangesNothingElse) {
  const MultiLabelDataset dataset = several_labels();
  const RunPlan plan{.epochs = 2};
  const Split split = make_split(dataset, plan.protocol);
  MultiLabelDataset changed = dataset;
  for (const int32_t row : split.test) {
    changed.labels.of_row[static_cast<size_t>(3 * row + 1)] = kNoAnswer;
  }
  const MultiLabelRunResult a = run_once(dataset, split, plan);
  const MultiLabelRunResult b = run_once(changed, split, plan);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.test.labels[0].auc, b.test.labels[0].auc);
  EXPECT_EQ(b.test.labels[1].rows, 0);
  EXPECT_TRUE(std::isnan(b.test.auc));
}

TEST(MultiLabelSplits, KeepGroupsWholeUnderEveryProtocol) {
  const MultiLabelDataset dataset = several_labels();
  const auto group_of = [&](int32_t row) {
    return dataset.groups.of_row[static_cast<size_t>(row)];
  };
  for (const char* protocol : {"holdout", "kfold:3x2"}) {
    for (const NamedSplit& one : make_splits(dataset, ProtocolOptions::parse(protocol))) {
      for (const int32_t test_row : one.split.test) {
        EXPECT_TRUE(std::ranges::none_of(one.split.train, [&](int32_t row) {
          return group_of(row) == group_of(test_row);
        })) << protocol;
      }
    }
  }
  test::expect_user_error([&] { make_splits(dataset, ProtocolOptions::parse("paper")); },
                          "--protocol paper: the published protocol has one label");
}

TEST(MultiLabelAssessment, IsThatOfEachLabelAlone) {
  const MultiLabelDataset dataset = several_labels();
  const RunPlan plan{.epochs = 3};
  const Split split = make_split(dataset, plan.protocol);
  const MultiLabelRunResult result = run_once(dataset, split, plan);
  const Wishes wishes{.sensitivity = 0.9, .specificity = {}};
  AssessmentPlan asked;
  asked.subgroups = {"grew"};
  check_assessment(dataset, split, asked, wishes);
  const std::vector<Fitted> fitted =
      fit_assessment(dataset, split, result.chosen_on, asked, wishes);
  const std::vector<Assessment> all =
      assess(dataset, {split.test, result.predictions}, fitted, asked);
  ASSERT_EQ(all.size(), 3u);
  for (size_t l = 0; l < 3; ++l) {
    const Predictions own = of_label(result.predictions, static_cast<int64_t>(l)).predictions;
    EXPECT_EQ(all[l].calibration.brier, calibration_of(own).brier);
    ASSERT_EQ(all[l].thresholds.size(), 1u);
    EXPECT_EQ(all[l].thresholds[0].positive_class, 1);
    EXPECT_EQ(
        all[l].thresholds[0].test->true_positives + all[l].thresholds[0].test->false_negatives,
        std::ranges::count(own.label, 1));
    EXPECT_EQ(
        all[l].subgroups[0].scores.subgroups[0].rows + all[l].subgroups[0].scores.subgroups[1].rows,
        static_cast<int64_t>(own.label.size()));
  }
  EXPECT_NE(all[0].thresholds[0].chosen->threshold, all[1].thresholds[0].chosen->threshold);
  asked.per_group = Pooling::mean;  // the rows of a patient may differ
  test::expect_user_error([&] { check_assessment(dataset, split, asked, wishes); },
                          "label 'itch': the rows of group 'p");
}

TEST(MultiLabelCrossValidation, ScoresEveryRowOnce) {
  const MultiLabelDataset dataset = several_labels();
  RunPlan plan{.protocol = ProtocolOptions::parse("kfold:3"), .epochs = 2};
  plan.options.threads = 2;
  Silent silent;
  const MultiLabelCrossValidation all =
      cross_validate(dataset, make_splits(dataset, plan.protocol), plan, silent);
  ASSERT_EQ(all.repeats.size(), 1u);
  EXPECT_EQ(all.repeats[0].rows, first_numbers(240));
  EXPECT_EQ(all.repeats[0].predictions.label, dataset.labels.of_row);
  EXPECT_EQ(all.repeats[0].scores.auc, evaluate(all.repeats[0].predictions).auc);
  EXPECT_EQ(all.estimates.auc.value, all.repeats[0].scores.auc);
  const int32_t row = all.splits[1].split.test[5];
  EXPECT_EQ(all.repeats[0].split[static_cast<size_t>(row)], 1);
  EXPECT_EQ(all.repeats[0].predictions.probabilities(row, 3),
            all.runs[1].predictions.probabilities(5, 3));
}

}  // namespace
}  // namespace puente
