// A sweep: many runs on one split, over lambda, fusion and seed. Each cell is the very run that
// `train` does with the same seeds, to the last bit. Independent runs go one per core.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "puente/progress.h"

#include "eval/spread.h"
#include "experiment/run.h"

namespace puente {

/// "-1:1:0.1" (from:to:step, both ends included) or "0,0.4,1". UserError if a part is not a number,
/// the step is not positive, or there are more than 10,000 values.
std::vector<double> parse_lambdas(std::string_view text);
/// "early,late".
std::vector<FusionKind> parse_fusions(std::string_view text);

struct SweepPlan {
  RunPlan
      base;  // fusion, align and seed are those of the cell; base.options.seed is the first seed
  std::vector<double> lambdas;
  std::vector<FusionKind> fusions;
  int seeds = 5;
  int threads = 1;
};

/// A run without what would be too large to keep for every cell.
struct SweepCell {
  AlignSpec align;
  double lambda = 0;
  FusionKind fusion = FusionKind::early;
  uint64_t seed = 0;
  int chosen_epoch = 0;
  Evaluation validation;  // of the chosen epoch; empty under paper
  double validation_loss = 0;
  Evaluation test;
  BestOf best_accuracy, best_macro_f1, best_auc, best_quadratic_kappa;  // paper only
  double seconds = 0;
};

/// One lambda and fusion over its seeds.
struct SweepMean {
  AlignSpec align;
  double lambda = 0;
  FusionKind fusion = FusionKind::early;
  double validation_macro_f1 = 0;
  double test_accuracy = 0, test_auc = 0;
  Spread test_macro_f1;                        // over the seeds
  std::optional<double> test_quadratic_kappa;  // of ordinal labels
};

struct SweepResult {
  std::vector<SweepCell> cells;   // by fusion, then lambda, then seed
  std::vector<SweepMean> means;   // by fusion, then lambda
  std::vector<SweepMean> chosen;  // per fusion: the best validation macro F1 (the first on ties)
  double seconds = 0;
};

/// Lambdas of a shift; where the two halves' vectors are of two sizes, of shift-interpolated.
/// Under paper the chosen one is that of the best test macro F1, as the authors choose.
SweepResult sweep(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                  Progress& progress);

}  // namespace puente
