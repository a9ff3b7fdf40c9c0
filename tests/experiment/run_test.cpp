#include "experiment/run.h"

#include <algorithm>
#include <set>

#include "base/interrupt.h"
#include "fusion/trainer.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

RunResult run_once(const Dataset& dataset, RunPlan plan) {
  const Split split = make_split(dataset, plan.protocol);
  return run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), plan, {});
}

Dataset made_dataset() {
  return make_dataset(test::made_table(), {.label = "dx", .group = "patient"});
}

TEST(Run, LearnsWhatCanBeLearned) {
  for (FusionKind fusion : {FusionKind::early, FusionKind::late}) {
    const RunResult result = run_once(made_dataset(), {.fusion = fusion});
    EXPECT_GT(result.test.macro_f1, 0.9);
    EXPECT_EQ(result.epochs.size(), 30u);
    EXPECT_LT(result.epochs.back().train_loss, result.epochs.front().train_loss);
  }
}

TEST(Run, ChoosesTheEpochWithoutTheTestRows) {
  // Labels of the test rows are permuted: the chosen epoch and every validation figure stay.
  const Dataset dataset = made_dataset();
  for (const Chooser chooser : {Chooser::validation, Chooser::folds}) {
    const RunPlan plan{.protocol = {.chooser = chooser}, .epochs = 6};
    const Split split = make_split(dataset, plan.protocol);
    const AlignedTable aligned = align_for(dataset, split, plan.protocol.kind, plan.align);
    Dataset changed = dataset;
    for (int32_t row : split.test) {
      auto& label = changed.labels.of_row[static_cast<size_t>(row)];
      label = (label + 1) % 3;
    }
    const RunResult a = run(dataset, split, aligned, plan, {});
    const RunResult b = run(changed, split, aligned, plan, {});
    EXPECT_EQ(a.chosen_epoch, b.chosen_epoch);
    EXPECT_EQ(a.weights, b.weights);
    EXPECT_EQ(a.epochs[3].validation_loss, b.epochs[3].validation_loss);
    EXPECT_GT(a.test.accuracy, b.test.accuracy);
  }
}

TEST(Run, InnerFoldsChooseAndThenAllRowsTrain) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  RunPlan plan{
      .align = {{{AlignKind::shift, 0.4}}}, .protocol = {.chooser = Chooser::folds}, .epochs = 8};
  const Split split = make_split(dataset, plan.protocol);
  ASSERT_EQ(split.inner.size(), 5u);
  EXPECT_TRUE(split.validation.empty());
  const AlignedTable aligned = align_for(dataset, split, plan.protocol.kind, plan.align);
  int64_t epochs = 0;
  const RunResult result = run(dataset, split, aligned, plan, [&] { ++epochs; });
  EXPECT_EQ(epochs, 8 * 5 + result.chosen_epoch);
  EXPECT_LE(epochs, most_epochs(split, plan));
  // An epoch's scores are those of all training rows, each by a training without its fold.
  EXPECT_EQ(result.epochs[0].scores.rows, static_cast<int64_t>(split.train.size()));
  // Then all training rows, from the same start, for so many epochs.
  FusionTrainer trainer(result.shape, plan.options, {aligned.features, dataset.labels.of_row},
                        split.train, balanced_class_weights(dataset.labels.of_row, split.train, 3));
  for (int epoch = 0; epoch < result.chosen_epoch; ++epoch) trainer.train_epoch();
  EXPECT_EQ(trainer.weights(), result.weights);
  ASSERT_EQ(result.log.size(), 4u);
  EXPECT_NE(result.log[1].find("chosen by 5 inner folds"), std::string::npos);
  EXPECT_NE(result.log[3].find("test rows were scored, once"), std::string::npos);
}

TEST(Run, AnInnerFoldIsScoredByATrainingWithoutIt) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  const RunPlan plan{
      .align = {{{AlignKind::shift, 0.4}}}, .protocol = {.chooser = Chooser::folds}, .epochs = 1};
  const Split split = make_split(dataset, plan.protocol);
  const auto run_on = [&](const Split& own) {
    return run(dataset, own, align_for(dataset, own, plan.protocol.kind, plan.align), plan, {});
  };
  const Matrix pooled = run_on(split).chosen_on.probabilities;
  int64_t row = 0;
  for (const std::vector<int32_t>& fold : split.inner) {
    Split own;
    own.train = rows_without(split.train, fold);
    own.validation = fold;
    own.test = split.test;
    const Matrix alone = run_on(own).chosen_on.probabilities;
    for (int64_t i = 0; i < alone.rows(); ++i, ++row) {
      EXPECT_TRUE(std::ranges::equal(pooled.row_span(row), alone.row_span(i)));
    }
  }
  EXPECT_EQ(row, pooled.rows());
}

TEST(Run, ChosenEpochHasTheBestValidationF1AndThenTheLowestLoss) {
  const RunResult result = run_once(made_dataset(), {});
  const auto key = [](const EpochRecord& r) {
    return std::pair(r.scores.macro_f1, -r.validation_loss);
  };
  const auto& chosen = result.epochs[static_cast<size_t>(result.chosen_epoch) - 1];
  for (size_t i = 0; i < result.epochs.size(); ++i) {
    EXPECT_LE(key(result.epochs[i]), key(chosen));
    if (static_cast<int>(i) + 1 < result.chosen_epoch) {
      EXPECT_LT(key(result.epochs[i]), key(chosen));
    }
  }
}

TEST(Run, AlignmentSeesTrainingRowsOnly) {
  // Moving the test vectors does not move the training vectors; under `paper` it does, as
  // published.
  const Dataset dataset = made_dataset();
  const AlignSpec shift{{{AlignKind::shift, 0.5}}};
  for (Protocol protocol :
       {Protocol::holdout, Protocol::kfold, Protocol::time, Protocol::site, Protocol::paper}) {
    const Split split =
        make_split(dataset, {.kind = protocol == Protocol::paper ? protocol : Protocol::holdout});
    Dataset moved = dataset;
    for (int32_t row : split.test) {
      for (float& x : moved.table.image.row_span(row)) x += 3;
    }
    const AlignedTable a = align_for(dataset, split, protocol, shift);
    const AlignedTable b = align_for(moved, split, protocol, shift);
    bool same = true;
    for (int32_t row : split.train) {
      for (int64_t j = 0; j < a.features.cols(); ++j) {
        same = same && a.features(row, j) == b.features(row, j);
      }
    }
    EXPECT_EQ(same, protocol != Protocol::paper);
  }
}

TEST(Run, IsTheSameToTheLastBitForAnyNumberOfThreads) {
  const Dataset dataset = made_dataset();
  const RunResult one = run_once(dataset, {.epochs = 4});
  for (int threads : {2, 3}) {
    RunPlan plan{.epochs = 4};
    plan.options.threads = threads;
    EXPECT_EQ(run_once(dataset, plan).weights, one.weights);
  }
}

TEST(Run, SeedsChangeTheWeightsAndTheSplitSeparately) {
  const Dataset dataset = made_dataset();
  RunPlan plan{.epochs = 2};
  const RunResult a = run_once(dataset, plan);
  plan.options.seed = 1;
  const RunResult b = run_once(dataset, plan);
  EXPECT_FALSE(a.weights == b.weights);
  EXPECT_EQ(a.predictions.label, b.predictions.label);
  plan.protocol.seed = 1;
  EXPECT_NE(run_once(dataset, plan).predictions.label, b.predictions.label);
}

TEST(Run, PaperProtocolTakesEachMetricAtItsOwnBestTestEpoch) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = {}});
  const RunResult result = run_once(dataset, {.protocol = {.kind = Protocol::paper}});
  double accuracy = 0, auc = 0;
  for (const EpochRecord& record : result.epochs) {
    accuracy = std::max(accuracy, record.scores.accuracy);
    auc = std::max(auc, record.scores.auc);
  }
  EXPECT_EQ(result.best_accuracy.value, accuracy);
  EXPECT_EQ(result.best_auc.value, auc);
  EXPECT_EQ(result.epochs[static_cast<size_t>(result.best_auc.epoch) - 1].scores.auc, auc);
  EXPECT_FALSE(caution_of(Protocol::paper).empty());
}

TEST(Run, WorksWithOneModality) {
  EmbeddingTable table = test::made_table();
  table.text = Matrix();
  const Dataset dataset = make_dataset(std::move(table), {.label = "dx", .group = "patient"});
  for (FusionKind fusion : {FusionKind::early, FusionKind::late}) {
    EXPECT_GT(run_once(dataset, {.fusion = fusion}).test.macro_f1, 0.8);
  }
}

TEST(Run, StopsBetweenEpochsWhenAsked) {
  const Dataset dataset = made_dataset();
  const Split split = make_split(dataset, {});
  const AlignedTable aligned = align_for(dataset, split, Protocol::holdout, {});
  EXPECT_THROW(run(dataset, split, aligned, {}, [] { request_interrupt(); }), Interrupted);
  clear_interrupt();
}

}  // namespace
}  // namespace puente
