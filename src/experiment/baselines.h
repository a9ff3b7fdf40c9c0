// Baselines: what simpler things reach on the very rows that score the fusion classifier. Image,
// text and the table's own columns each alone, heads for small data beside the paper's, how far a
// fused model falls when one half is absent, and how many labels it takes. All train on the same
// rows, choose on the same validation rows, and are scored once on the same test rows.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

#include "eval/delong.h"
#include "eval/evaluation_estimates.h"
#include "eval/paired.h"
#include "experiment/run.h"
#include "heads/head.h"

namespace puente {

struct BaselinesPlan {
  RunPlan fusion;                    // of the reference, and of the fusion classifiers beside it
  int seeds = 3;                     // of the fusion classifiers: their probabilities are averaged
  std::vector<HeadSpec> heads;       // beside them
  std::vector<std::string> tabular;  // columns; none: no tabular baseline
  bool learning_curve = false;
};

/// What a classifier sees.
enum class Inputs { image, text, both, tabular, image_and_tabular };

std::string_view name_of(Inputs inputs);

/// A contender less the reference, by the paired bootstrap.
struct Difference : PairedComparison {
  double adjusted_p = std::numeric_limits<double>::quiet_NaN();  // Holm, over all contenders
};

/// The same of one class's AUC against the rest, by DeLong's test for rows in groups.
struct AucTest : DelongTest {
  int32_t positive = 0;
  /// Holm, over all such tests that have groups enough; NaN for the others.
  double adjusted_p = std::numeric_limits<double>::quiet_NaN();
};

struct Contender {
  Inputs inputs = Inputs::both;
  std::string classifier;  // "early fusion", "logistic"
  std::string chosen;      // "epoch 12", "C 0.01"
  Predictions test;
  Evaluation scores;
  EvaluationEstimates estimates;
  // Nothing for the reference itself.
  std::optional<Difference> macro_f1, auc;
  std::vector<AucTest> delong;  // of two classes the second's; else every class's
};

struct CurvePoint {
  double share = 0;  // of the training groups
  int64_t groups = 0;
  int64_t rows = 0;
  Evaluation scores;
  EvaluationEstimates estimates;
};

struct Baselines {
  std::vector<Contender> contenders;  // the reference first: both halves, the plan's fusion
  /// The reference with one half of every test row replaced by its mean over the training rows.
  std::optional<Evaluation> without_image, without_text;
  std::vector<CurvePoint> curve;  // one training each, with the first seed
};

/// `split` has validation rows. UserError for an alignment that the table does not allow, and for a
/// tabular column that is not there, is named twice, is the label or the group, or has too many
/// values. Where the table has one half only, that is the reference. One half alone is not
/// shifted, only normalised.
Baselines compare_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                            Progress& progress);

/// Throws what compare_baselines() would, before anything is trained.
void check_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan);

}  // namespace puente
