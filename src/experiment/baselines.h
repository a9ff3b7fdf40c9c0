// Baselines: what simpler things reach on the very rows that score the fusion classifier. Image,
// text and the table's own columns each alone, heads for small data beside the paper's, how far a
// fused model falls when one half is absent, and how many labels it takes. All train on the same
// rows, choose on the same validation rows, and are scored once on the same test rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "puente/progress.h"

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

struct Contender {
  Inputs inputs = Inputs::both;
  std::string classifier;  // "early fusion", "logistic"
  std::string chosen;      // "epoch 12", "C 0.01"
  Predictions test;
  Evaluation scores;
  EvaluationEstimates estimates;
  /// This less the reference, in macro F1; nothing for the reference itself.
  std::optional<PairedComparison> difference;
  double adjusted_p = 0;  // Holm, over all contenders
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
  std::vector<CurvePoint> curve;
};

/// `split` has validation rows. UserError for a tabular column that is not there or has too many
/// values.
Baselines compare_baselines(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                            Progress& progress);

}  // namespace puente
