// A fine-tuning from the first step to the epoch that is kept: what experiment/run.h is for
// embeddings. The rows that choose are scored after every epoch; test rows are not looked at here
// (but under --protocol paper, where they choose). It can be stopped and killed at any moment, and
// goes on from its last checkpoint to the same weights, to the last bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "puente/progress.h"

#include "experiment/run.h"
#include "finetune/trainer.h"

namespace puente {

struct FinetunePlan {
  RunPlan run;              // protocol, epochs, fusion; the head's options
  FinetuneOptions trainer;  // rates, warm-up, clipping, blocks; the rest follows from the others
  std::filesystem::path image_model, text_model;
  /// Folder of the checkpoints, made and removed here. Its parent is there.
  std::filesystem::path checkpoint;
  /// Everything else that decides the weights (which data, which models): a checkpoint of another
  /// identity is refused.
  std::string identity;
  double checkpoint_seconds = 300;  // between one and the next
  int64_t memory = 0;               // bytes that the process may use; 0: half of what is free
  /// After so many seconds of training it ends, unfinished.
  std::optional<double> budget_seconds = {};
};

/// What training cost, and how much of it was measured.
struct FinetuneCost {
  FinetuneMemory memory;
  int64_t steps_per_epoch = 0;
  int64_t steps = 0;  // done in all
  double seconds_per_step = 0;
  double train_seconds_per_epoch = 0;
  double inference_seconds_per_epoch = 0;  // of the rows that choose
  bool extrapolated = false;               // from a part of an epoch
  double measured_share = 1;               // of an epoch
};

struct FinetuneResult {
  bool finished = false;
  FinetuneCost cost;
  /// Where it is finished: epochs, chosen_epoch, weights (of the head), log; not predictions.
  RunResult run;
};

/// What is trained: row i of `data` is row i of the dataset.
struct FinetuneRows {
  const Dataset& dataset;
  const Split& split;
  const RawRows& data;
  int64_t longest_text = 0;  // tokens
};

/// Where the backbones of the chosen epoch go.
struct FinetuneFolders {
  std::filesystem::path image_model, text_model;
};

/// UserError as FinetuneTrainer says; for a split that does not say which rows choose; for a
/// checkpoint of another training. Interrupted, with a checkpoint.
FinetuneResult finetune(const FinetuneRows& rows, const FinetunePlan& plan,
                        const FinetuneFolders& folders, Progress& progress);

}  // namespace puente
