// One run: a split, an alignment fitted on its training rows, one classifier trained, its epoch
// chosen (macro F1, then the lower loss, then the earlier epoch), the test rows scored once, at the
// end. The epoch is chosen by the validation rows, or by inner folds: then all training rows train
// anew for as many epochs. Under --protocol paper each metric has its own best test epoch. Several
// yes/no labels are trained as one classifier, and the mean over them chooses.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "align/alignment.h"
#include "eval/evaluation_estimates.h"
#include "eval/metrics.h"
#include "eval/multi_label.h"
#include "experiment/dataset.h"
#include "experiment/multi_label_dataset.h"
#include "experiment/protocol.h"
#include "fusion/fusion.h"
#include "fusion/weights.h"

namespace puente {

struct RunPlan {
  FusionKind fusion = FusionKind::early;
  AlignSpec align{};
  ProtocolOptions protocol{};
  int epochs = 30;
  FusionOptions options{};
};

/// What a run of one label is about, and what one of several labels is.
struct SingleLabel {
  using Dataset = puente::Dataset;
  using Predictions = puente::Predictions;
  using Evaluation = puente::Evaluation;
  using Estimates = EvaluationEstimates;
};
struct MultiLabel {
  using Dataset = MultiLabelDataset;
  using Predictions = MultiLabelPredictions;
  using Evaluation = MultiLabelEvaluation;
  using Estimates = MultiLabelEstimates;
};

/// Test figures per epoch exist under --protocol paper only. With inner folds: of all of them, each
/// scored by its own training; the losses are means over them.
template <class Target>
struct BasicEpochRecord {
  double train_loss = 0;
  double train_seconds = 0;      // of all folds
  double inference_seconds = 0;  // scoring the validation rows (paper: the test rows)
  double validation_loss = 0;
  typename Target::Evaluation scores;  // of the validation rows (paper: of the test rows)
};

struct BestOf {
  double value = 0;
  int epoch = 0;  // from 1; 0: none was seen

  void see(double other, int at_epoch);
};

/// Is `a` a better epoch than the earlier `b`: higher macro F1, then lower loss?
template <class Target>
bool is_better(const BasicEpochRecord<Target>& a, const BasicEpochRecord<Target>& b) {
  if (a.scores.macro_f1 > b.scores.macro_f1) return true;
  if (a.scores.macro_f1 < b.scores.macro_f1) return false;
  return a.validation_loss < b.validation_loss;  // as well where there is no F1
}

template <class Target>
struct BasicRunResult {
  RunPlan plan;
  FusionShape shape;
  std::vector<BasicEpochRecord<Target>> epochs;
  int chosen_epoch = 0;              // from 1; under paper: that of the best macro F1
  typename Target::Evaluation test;  // of the chosen epoch
  std::optional<typename Target::Estimates> estimates;  // of `test`, where they were asked for
  BestOf best_accuracy, best_macro_f1, best_auc;  // paper only: each at its own best test epoch
  BestOf best_quadratic_kappa;                    // likewise, of ordinal labels
  typename Target::Predictions predictions;       // of split.test, in its order
  /// Of the rows that chose the epoch, as it was then; empty under paper.
  typename Target::Predictions chosen_on;
  FusionWeights weights;               // of the chosen epoch
  double train_seconds_per_epoch = 0;  // of the training that was kept
  std::vector<std::string>
      log;  // what was fitted, chosen and scored when: "2026-01-31T09:30:00Z ..."
};

/// A line of a run's log: "2026-01-31T09:30:00Z ...".
std::string dated(const std::string& what);
/// "120 validation rows", "5 inner folds", "the test rows".
std::string chooser_text(const Split& split, bool paper);

using EpochRecord = BasicEpochRecord<SingleLabel>;
using RunResult = BasicRunResult<SingleLabel>;
using MultiLabelRunResult = BasicRunResult<MultiLabel>;

/// For a training: fitted on the training rows alone; under paper on all rows, as the authors do.
AlignedTable align_for(const GroupedTable& dataset, const Split& split, Protocol protocol,
                       const AlignSpec& spec);

/// The scores of the dataset's question.
Evaluation scores_of(const Dataset& dataset, const Predictions& predictions);
MultiLabelEvaluation scores_of(const MultiLabelDataset& dataset,
                               const MultiLabelPredictions& predictions);

/// The scores of test rows with their intervals, resampling the dataset's groups. `repeats`:
/// predictions of these rows by repeated trainings.
EvaluationEstimates estimate_test(const Dataset& dataset, std::span<const int32_t> rows,
                                  std::span<const Predictions> repeats, int threads);
MultiLabelEstimates estimate_test(const GroupedTable& dataset, std::span<const int32_t> rows,
                                  std::span<const MultiLabelPredictions> repeats, int threads);

/// UserError where the alignment needs a kind of fusion that is not the plan's.
void check_fusion(const RunPlan& plan);

/// Epochs that run() goes through, for a progress bar: at most.
int64_t most_epochs(const Split& split, const RunPlan& plan);

/// `aligned` as align_for() gives it for the same split and plan; inner folds are aligned here,
/// each on what trains. Stops with Interrupted between epochs. `on_epoch` is called after each one
/// of each training.
RunResult run(const Dataset& dataset, const Split& split, const AlignedTable& aligned,
              const RunPlan& plan, const std::function<void()>& on_epoch);
MultiLabelRunResult run(const MultiLabelDataset& dataset, const Split& split,
                        const AlignedTable& aligned, const RunPlan& plan,
                        const std::function<void()>& on_epoch);

}  // namespace puente
