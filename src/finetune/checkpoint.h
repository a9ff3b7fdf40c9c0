// Where a fine-tuning stands, in a folder:
//
//   book.json            what follows; written last, so it always names files that are whole
//   STATE.safetensors    FinetuneTrainer::save(): the latest, and that of the best epoch, which may
//                        be the same
//
//   {"format": "puente finetune 1", "identity": "...", "state": "state-120", "best": "state-80" or
//    null, "epoch": 3, "batch": 12, "loss_sum": .., "train_seconds": .., "records": [{"train_loss",
//    "train_seconds", "inference_seconds", "validation_loss", "rows": 2, "probabilities": [..]}]}
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "finetune/trainer.h"

namespace puente {

struct FinetuneEpoch {
  double train_loss = 0;
  double train_seconds = 0;
  double inference_seconds = 0;
  double validation_loss = 0;
  Matrix probabilities;  // of the rows that choose
};

struct FinetunePlace {
  int64_t epoch = 0;         // epochs that are done
  int64_t batch = 0;         // batches that are done of the next
  double loss_sum = 0;       // over these
  double train_seconds = 0;  // of these
  std::vector<FinetuneEpoch> epochs;
  std::string best;  // the state of the best epoch; empty: none yet
};

class FinetuneCheckpoint {
 public:
  FinetuneCheckpoint(std::filesystem::path folder, std::string identity)
      : folder_(std::move(folder)), identity_(std::move(identity)) {}

  /// Goes on from what is there: the trainer gets its state. Nothing where there is no checkpoint.
  /// UserError where it is of another training, or damaged.
  std::optional<FinetunePlace> load(FinetuneTrainer& trainer) const;
  /// `best`: this is the state of the best epoch, which place.best names from now on. Files that
  /// nothing needs any longer are removed.
  void save(const FinetuneTrainer& trainer, bool best, FinetunePlace& place) const;
  /// The trainer as it was after the best epoch.
  void load_best(const FinetunePlace& place, FinetuneTrainer& trainer) const;
  void remove() const;

 private:
  std::filesystem::path state(const std::string& name) const {
    return folder_ / (name + ".safetensors");
  }

  std::filesystem::path folder_;
  std::string identity_;
};

}  // namespace puente
