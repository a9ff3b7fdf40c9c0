// A sweep: alignments x lambda x fusion x seeds, on one split, or on each of several (folds,
// sites), where each chooses for itself (nested cross-validation). Each cell is the very run that
// `train` does with the same seeds, to the last bit. Independent runs go one per core. What the
// sweep says about the alignments is in alignment_verdict.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/progress.h"

#include "eval/spread.h"
#include "experiment/run.h"
#include "experiment/sweep_book.h"
#include "experiment/sweep_training.h"

namespace puente {

/// "-1:1:0.1" (from:to:step, both ends included) or "0,0.4,1". UserError if a part is not a number,
/// the step is not positive, or there are more than 10,000 values.
std::vector<double> parse_lambdas(std::string_view text);
/// "early,late".
std::vector<FusionKind> parse_fusions(std::string_view text);
/// "shift,noise+shift". UserError as AlignFamily, and where one is there twice.
std::vector<AlignFamily> parse_alignments(std::string_view text);

/// What alignments are compared with.
constexpr std::array<std::string_view, 3> kBaselineAlignments = {"none", "normalise", "centre"};
bool is_baseline(std::string_view method);
/// The baselines, then the methods that are none of them.
std::vector<AlignFamily> with_baselines(const std::vector<AlignFamily>& methods);

struct SweepPlan {
  RunPlan
      base;  // fusion, align and seed are those of the cell; base.options.seed is the first seed
  std::vector<AlignFamily> methods = {AlignFamily("shift")};
  std::vector<double> lambdas;  // of methods that leave one open; others run once
  std::vector<FusionKind> fusions;
  int seeds = 5;
  int threads = 1;
};

/// A method with its lambda and its fusion.
struct SweepCandidate {
  std::string method;  // "noise:0.1+shift"
  std::optional<double> lambda;
  AlignSpec align;
  FusionKind fusion = FusionKind::early;
};

/// One training.
struct SweepCell : SweepCandidate, SweepTrained {
  size_t split = 0;
  uint64_t seed = 0;
};

/// One candidate over its seeds (and splits).
struct SweepMean : SweepCandidate {
  double validation_macro_f1 = 0;
  double test_accuracy = 0, test_auc = 0;
  Spread test_macro_f1;
  std::optional<double> test_quadratic_kappa;  // of ordinal labels
};

/// What one split chose for a method and a fusion: the best mean validation macro F1 over the
/// seeds; of equal ones the smaller |lambda|, then the first.
struct SweepChoice : SweepCandidate {
  size_t split = 0;
  double validation_macro_f1 = 0;
  std::vector<Matrix> probabilities;  // of each seed: the split's test rows [N, K]
};

struct SweepResult {
  std::vector<SweepCell> cells;      // by split, fusion, method, lambda, seed; no probabilities
  std::vector<SweepMean> means;      // by fusion, method, lambda
  std::vector<SweepMean> chosen;     // by fusion, method: as a choice, but over all splits
  std::vector<SweepChoice> choices;  // by split, fusion, method
  double seconds = 0;
};

/// All candidates, by fusion, method, lambda. Where the two halves' vectors are of two sizes,
/// shifts are shift-interpolated. regularised goes with late fusion alone. UserError where nothing
/// is left but baselines although other methods were named.
std::vector<SweepCandidate> candidates_of(const Dataset& dataset, const SweepPlan& plan);
/// "paper with early fusion": named, but left out.
std::vector<std::string> left_out_of(const SweepPlan& plan);

struct SweepEstimate {
  int64_t trainings = 0;
  double seconds = 0;
};
/// Fits each method once and trains each an epoch. UserError for one that cannot be fitted on this
/// table, before anything runs.
SweepEstimate estimate_sweep(const Dataset& dataset, std::span<const NamedSplit> splits,
                             const SweepPlan& plan);

/// Of everything that a sweep's numbers depend on, but the program's version.
std::string sweep_identity(const Dataset& dataset, std::span<const NamedSplit> splits,
                           const SweepPlan& plan);

/// Under paper the chosen one is that of the best test macro F1, as the authors choose. Goes on
/// where the book ends.
SweepResult sweep(const Dataset& dataset, std::span<const NamedSplit> splits, const SweepPlan& plan,
                  SweepBook& book, Progress& progress);
/// On one split, with no book.
SweepResult sweep(const Dataset& dataset, const Split& split, const SweepPlan& plan,
                  Progress& progress);

}  // namespace puente
