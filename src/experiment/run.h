// One run: a split, an alignment fitted on its training rows, one classifier trained, its epoch
// chosen, the test rows scored. Two protocols:
//   holdout  groups never cross parts; validation rows choose the epoch (macro F1, then the lower
//            validation loss, then the earlier epoch); the test rows are scored once, at the end.
//   paper    as Restrepo et al. published: split by image, the gap fitted on all rows, and each
//            metric taken at its own best test epoch. Optimistic: the test set chooses.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "align/alignment.h"
#include "data/split.h"
#include "eval/metrics.h"
#include "experiment/dataset.h"
#include "fusion/fusion.h"
#include "fusion/weights.h"

namespace puente {

enum class Protocol { holdout, paper };

std::string_view name_of(Protocol protocol);
/// One line that says what the protocol's numbers are worth.
std::string_view caution_of(Protocol protocol);

struct RunPlan {
  FusionKind fusion = FusionKind::early;
  AlignSpec align{};
  Protocol protocol = Protocol::holdout;
  int epochs = 30;
  uint64_t split_seed = 0;
  FusionOptions options{};
};

/// Test figures per epoch exist under --protocol paper only.
struct EpochRecord {
  double train_loss = 0;
  double train_seconds = 0;
  double inference_seconds = 0;  // scoring the validation rows (paper: the test rows)
  double validation_loss = 0;
  Evaluation scores;  // of the validation rows (paper: of the test rows)
};

struct BestOf {
  double value = 0;
  int epoch = 0;  // from 1
};

struct RunResult {
  RunPlan plan;
  FusionShape shape;
  std::vector<EpochRecord> epochs;
  int chosen_epoch = 0;                           // from 1; under paper: that of the best macro F1
  Evaluation test;                                // of the chosen epoch
  BestOf best_accuracy, best_macro_f1, best_auc;  // paper only: each at its own best test epoch
  Predictions predictions;                        // of split.test, in its order
  FusionWeights weights;                          // of the chosen epoch
};

/// UserError as holdout_split says.
Split make_split(const Dataset& dataset, Protocol protocol, uint64_t split_seed);

/// Fitted on the training rows alone; under paper on all rows, as the authors do.
AlignedTable align_for(const Dataset& dataset, const Split& split, Protocol protocol,
                       const AlignSpec& spec);

/// `aligned` as align_for() gives it for the same split and plan. Stops with Interrupted between
/// epochs. `on_epoch` is called after each one.
RunResult run(const Dataset& dataset, const Split& split, const AlignedTable& aligned,
              const RunPlan& plan, const std::function<void()>& on_epoch);

}  // namespace puente
