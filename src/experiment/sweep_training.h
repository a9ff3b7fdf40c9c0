// One training of a sweep, and what is kept of it: the very run that `train` does, without what
// would be too large to keep for thousands. SweepTrainer does many, one per core.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "puente/progress.h"

#include "experiment/run.h"

namespace puente {

class SweepBook;

/// The figures that a sweep shows.
struct SweepScores {
  double accuracy = 0, macro_f1 = 0, auc = 0;
  std::optional<double> quadratic_kappa = {};  // of ordinal labels

  bool operator==(const SweepScores&) const = default;
};

struct SweepTraining {
  size_t split = 0;  // a number into the splits
  AlignSpec align;
  FusionKind fusion = FusionKind::early;
  uint64_t seed = 0;
};

struct SweepTrained {
  int chosen_epoch = 0;
  SweepScores validation;  // of the chosen epoch; zeros under paper
  double validation_loss = 0;
  SweepScores test;
  BestOf best_accuracy, best_macro_f1, best_auc, best_quadratic_kappa;  // paper only
  double seconds = 0;
  Matrix probabilities;  // of the split's test rows [N, K]; empty where they were not kept
};

class SweepTrainer {
 public:
  /// All are borrowed. `base`: fusion, align and seed are those of each training. Trainings that
  /// the book has are not done again.
  SweepTrainer(const Dataset& dataset, std::span<const NamedSplit> splits, const RunPlan& base,
               int threads, SweepBook& book);

  /// done(i, what became of trainings[i]): one call at a time, in any order. Trainings that have
  /// split and alignment in common stand together; they share an aligned table, which is made while
  /// the trainings before them still run. `whole`: a training whose probabilities the book has
  /// dropped is done again.
  void run(std::span<const SweepTraining> trainings, bool whole, Progress& progress,
           const std::function<void(size_t, SweepTrained)>& done);

  /// What a training is called in the book.
  std::string key_of(const SweepTraining& training) const;

 private:
  SweepTrained train(const SweepTraining& training, const AlignedTable& aligned) const;

  const Dataset& dataset_;
  std::span<const NamedSplit> splits_;
  const RunPlan& base_;
  const int threads_;
  SweepBook& book_;
};

}  // namespace puente
