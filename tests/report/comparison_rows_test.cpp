#include "report/comparison_rows.h"

#include <gtest/gtest.h>

#include "puente/error.h"

#include "report/read_predictions.h"
#include "support/files.h"

namespace puente {
namespace {

constexpr const char* kHeader =
    "row,id,pat,true_class,predicted_class,probability_a,probability_b\n";

/// A training's folder with four test rows of two groups each seen by `answers`: p(b) of each row.
std::filesystem::path training(const test::TemporaryFolder& folder, const std::string& name,
                               const std::vector<std::string>& answers, int epoch) {
  std::filesystem::create_directory(folder / name);
  std::string csv = kHeader;
  const char* truth[] = {"a", "b", "a", "b"};
  for (size_t i = 0; i < answers.size(); ++i) {
    const bool b = std::stod(answers[i]) > 0.5;
    csv += std::to_string(i + 3) + ",x,p" + std::to_string(i / 2) + "," + truth[i % 4] + "," +
           (b ? "b" : "a") + "," + std::to_string(1 - std::stod(answers[i])) + "," + answers[i] +
           "\n";
  }
  folder.file(name + "/predictions.csv", csv);
  folder.file(name + "/metrics.json",
              R"({"group": "pat", "split": {"train": {"rows": 8}, "validation": {"rows": 2},
                  "test": {"rows": 4}}, "chosen": {"epoch": )" +
                  std::to_string(epoch) + "}}");
  return folder / name;
}

TEST(ReadPredictions, OfOneLabelWithGroups) {
  test::TemporaryFolder folder;
  const auto one = training(folder, "t", {"0.25", "0.75", "0.5", "1"}, 1);
  const SavedPredictions saved = read_predictions(one / "predictions.csv", "pat");
  EXPECT_EQ(saved.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(saved.row, (std::vector<std::string>{"3", "4", "5", "6"}));
  EXPECT_EQ(saved.group, (std::vector<int32_t>{0, 0, 1, 1}));
  EXPECT_EQ(saved.predictions.label, (std::vector<int32_t>{0, 1, 0, 1}));
  EXPECT_EQ(saved.predictions.probabilities.row_span(0)[1], 0.25f);
  EXPECT_EQ(saved.predictions.probabilities.row_span(3)[1], 1.0f);
  EXPECT_EQ(read_predictions(one / "predictions.csv", "").group,
            (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_THROW(read_predictions(one / "predictions.csv", "true_class"), UserError);
  EXPECT_THROW(read_predictions(one / "predictions.csv", "row"), UserError);
}

TEST(ReadPredictions, WhatIsNone) {
  test::TemporaryFolder folder;
  const auto refused = [&](const std::string& text) {
    EXPECT_THROW(read_predictions(folder.file("p.csv", text), ""), UserError) << text;
  };
  refused("row,id\n1,2\n");
  refused("row,true_class,predicted_class,other\n1,a,a,0.5\n");
  refused("row,true_class,predicted_class,probability_a\n1,z,a,0.5\n");
  refused("row,true_class,predicted_class,probability_a\n1,a,a,much\n");
}

TEST(ComparisonRows, HonestScoresAreMeansOverSeeds) {
  test::TemporaryFolder folder;
  // All right; and half of them.
  const std::vector<std::filesystem::path> both = {
      training(folder, "s0", {"0.1", "0.9", "0.2", "0.8"}, 4),
      training(folder, "s1", {"0.1", "0.9", "0.7", "0.3"}, 7)};
  const HonestScores scores = honest_scores(both, 1);
  EXPECT_DOUBLE_EQ(scores.accuracy.value, 0.75);
  EXPECT_DOUBLE_EQ(scores.macro_f1.value, 0.75);
  EXPECT_EQ(scores.epochs, (std::vector<int>{4, 7}));
  EXPECT_EQ(scores.seeds, 2);
  EXPECT_EQ(scores.rows, (SplitRows{.train = 8, .validation = 2, .test = 4}));
  EXPECT_FALSE(scores.accuracy.interval);  // two groups are too few
  EXPECT_NE(scores.why_none.find("2"), std::string::npos) << scores.why_none;
}

TEST(ComparisonRows, SeedsOfOtherTestRowsAreRefused) {
  test::TemporaryFolder folder;
  const std::vector<std::filesystem::path> both = {
      training(folder, "s0", {"0.1", "0.9", "0.2", "0.8"}, 4),
      training(folder, "s1", {"0.1", "0.9"}, 4)};
  EXPECT_THROW(honest_scores(both, 1), UserError);
}

TEST(ComparisonRows, TheBaselinesButTheFusionOfBothHalves) {
  const Json json = Json::parse(R"({"split": {"train": {"rows": 8}, "test": {"rows": 4}},
    "classifiers": [
    {"inputs": "image + text", "classifier": "early fusion", "chosen": "epoch 1",
     "test": {"accuracy": 1, "macro_f1": 1, "intervals": {}}},
    {"inputs": "image + text", "classifier": "late fusion", "chosen": "epoch 1",
     "test": {"accuracy": 1, "macro_f1": 1, "intervals": {}}},
    {"inputs": "text", "classifier": "ridge", "chosen": "alpha 10",
     "test": {"accuracy": 0.5, "macro_f1": 0.25, "intervals": {"accuracy": [0.4, 0.6],
              "macro_f1": null}}}]})");
  const std::vector<ComparedRow> rows = simpler_rows(json, "clip");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].approach, "clip");
  EXPECT_EQ(rows[0].inputs, "text");
  EXPECT_EQ(rows[0].honest->accuracy.interval->high, 0.6);
  EXPECT_EQ(rows[0].honest->macro_f1.value, 0.25);
  EXPECT_FALSE(rows[0].honest->macro_f1.interval);
  EXPECT_EQ(rows[0].honest->chosen, "alpha 10");
  EXPECT_FALSE(rows[0].cost);
}

TEST(ComparisonRows, TheCostOfATrainingOnEmbeddings) {
  const Json metrics = Json::parse(R"({"options": {"epochs": 30},
    "bytes": {"model": 8, "train_per_epoch": 100, "test": 25, "peak_memory": 1000},
    "seconds": {"train_per_epoch": 0.5, "inference_per_epoch": 0.125},
    "best_test_epochs": {"accuracy": {"value": 0.75, "epoch": 3},
                         "macro_f1": {"value": 0.5, "epoch": 9}, "auc": {"value": 1, "epoch": 1}}})");
  const ComparedCost cost = embedding_cost(metrics, 60);
  EXPECT_EQ(cost.model_bytes, 8);
  EXPECT_EQ(cost.train_bytes, 100);
  EXPECT_EQ(cost.test_bytes, 25);
  EXPECT_EQ(cost.peak_bytes, 1000);
  EXPECT_DOUBLE_EQ(cost.whole.seconds(), 60 + 15 + 0.125);
  const OptimisticScores scores = optimistic_scores(metrics);
  EXPECT_EQ(scores.accuracy, 0.75);
  EXPECT_EQ(scores.accuracy_epoch, 3);
  EXPECT_EQ(scores.macro_f1, 0.5);
  EXPECT_EQ(scores.macro_f1_epoch, 9);
}

TEST(ComparisonRows, RawFeaturesAreComputedAnewInThePapersEpoch) {
  const Json metrics = Json::parse(R"({"options": {"epochs": 10}, "finished": false,
    "split": {"train": {"rows": 60}, "validation": {"rows": 20}, "test": {"rows": 20}},
    "cost": {"model_bytes": 8, "dataset_bytes_per_epoch": 100, "train_seconds_per_epoch": 0.5,
             "inference_seconds_per_epoch": 0.25, "feature_seconds": 50, "extrapolated": true,
             "measured_share": 0.1, "peak_memory_bytes": 1000, "steps_per_epoch": 1,
             "seconds_per_step": 0.5}})");
  const ComparedCost frozen = raw_cost(metrics, true);
  EXPECT_DOUBLE_EQ(frozen.epoch.train, 30.5);
  EXPECT_DOUBLE_EQ(frozen.epoch.inference, 10.25);
  EXPECT_DOUBLE_EQ(frozen.whole.once_seconds, 50);
  EXPECT_DOUBLE_EQ(frozen.whole.train_seconds, 5);
  EXPECT_TRUE(frozen.extrapolated);
  EXPECT_EQ(frozen.measured_share, 0.1);
  const ComparedCost trained = raw_cost(metrics, false);
  EXPECT_DOUBLE_EQ(trained.epoch.train, 0.5);
  EXPECT_DOUBLE_EQ(trained.whole.once_seconds, 0);
}

}  // namespace
}  // namespace puente
