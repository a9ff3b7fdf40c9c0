// The verdict on the alignments of a sweep: does one help, against the best of none, normalise and
// centre? That one, like each method's lambda, was chosen on validation rows, by each split for
// itself; what is compared are the mean probabilities over the seeds on test rows that chose
// nothing, of several splits all of them together. The test counts the luck of training beside the
// luck of the rows (eval/paired_seeds.h). How to read it: docs/verdict.md.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "eval/paired_seeds.h"
#include "experiment/sweep.h"

namespace puente {

enum class Effect { helps, hurts, cannot_tell };
std::string_view name_of(Effect effect);  // "helps", "hurts", "cannot tell"

/// B less A in one figure.
struct Gain : SeedsComparison {
  /// Holm, over all methods and fusions; NaN where it is no test of the verdict's.
  double adjusted_p = std::numeric_limits<double>::quiet_NaN();
};

/// A step of a composed method, added to the steps before it.
struct StepGain {
  std::string name;     // "normalise", "shift"
  double macro_f1 = 0;  // with it
  Gain gain;            // in macro F1, by it
};

struct MethodVerdict {
  std::string method;
  FusionKind fusion = FusionKind::early;
  std::vector<std::string> chosen;  // of each split: "noise:0.1+shift:0.4"
  Gain macro_f1, auc;               // less the baseline of this fusion
  /// By macro F1: where the adjusted p is below 0.05.
  Effect effect = Effect::cannot_tell;
  /// From none to the whole, at the lambda that was chosen; of methods of one step none.
  std::vector<StepGain> steps;
};

/// The best of none, normalise and centre by validation.
struct BaselineVerdict {
  FusionKind fusion = FusionKind::early;
  std::vector<std::string> chosen;  // of each split
  PairedSide macro_f1, auc;
};

/// What the published protocol would have claimed for a shift: the best test epoch of the best test
/// lambda, beside the best test epoch of no alignment, both with the first seed.
struct PaperClaim {
  FusionKind fusion = FusionKind::early;
  double without = 0;  // macro F1
  double with = 0;
  double lambda = 0;
};

struct AlignmentVerdict {
  int64_t rows = 0;
  int64_t groups = 0;
  int seeds = 0;
  std::vector<BaselineVerdict> baselines = {};  // by fusion
  std::vector<MethodVerdict> methods = {};      // by fusion, then method
  std::vector<PaperClaim> paper = {};  // none where it was not asked for, or cannot be split so
};

/// Of a sweep with the baselines (with_baselines()), not under paper. Trains the steps that the
/// sweep has not.
AlignmentVerdict judge_alignments(const Dataset& dataset, std::span<const NamedSplit> splits,
                                  const SweepPlan& plan, const SweepResult& result, SweepBook& book,
                                  Progress& progress);

/// One seed of none and shift under Protocol::paper, on its split. Empty where the rows do not
/// allow that protocol.
std::vector<PaperClaim> paper_claims(const Dataset& dataset, const SweepPlan& plan, SweepBook& book,
                                     Progress& progress);

/// How many trainings the steps and, if asked for, the published protocol take beside the sweep's:
/// at most, since some steps are among those.
int64_t trainings_beside(const Dataset& dataset, size_t splits, const SweepPlan& plan, bool paper);

/// none, then every step added to those before it; a shift is two: normalise, then the shift.
std::vector<AlignSpec> steps_of(const AlignSpec& align);

}  // namespace puente
