// Metrics of several yes/no labels: each label's as of a question of two classes, over the rows
// where it is known, and their means over the labels (scikit-learn's average="macro" of label
// indicators, where all is known).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "eval/evaluation_estimates.h"
#include "eval/metrics.h"

namespace puente {

/// probabilities [N, L, 2]: of no and of yes; label [N, L]: 0 no, 1 yes, -1 not known.
struct MultiLabelPredictions {
  Matrix probabilities;
  std::vector<int32_t> label;

  int64_t rows() const { return probabilities.rows(); }
  int64_t labels() const { return probabilities.cols() / 2; }
};

/// One label's predictions, of the rows where it is known.
struct LabelPredictions {
  std::vector<int32_t> rows;
  Predictions predictions;
};
LabelPredictions of_label(const MultiLabelPredictions& predictions, int64_t label);

/// All parts' rows, one part after the other.
MultiLabelPredictions joined(std::span<const MultiLabelPredictions> parts);
/// These rows, in their order.
MultiLabelPredictions predictions_at(const MultiLabelPredictions& all,
                                     std::span<const int32_t> rows);

/// Means over the labels; NaN where a label's is (an AUC, where its rows are all yes or all no).
struct MultiLabelEvaluation {
  int64_t rows = 0;
  double accuracy = 0;
  double balanced_accuracy = 0;
  double macro_f1 = 0;  // of the labels' F1 of yes
  double auc = 0;
  double average_precision = 0;
  std::vector<Evaluation> labels;  // [L]
};

/// UserError if a probability is not finite.
MultiLabelEvaluation evaluate(const MultiLabelPredictions& predictions);

struct MultiLabelEstimates {
  int64_t groups = 0;
  Estimate accuracy, balanced_accuracy, macro_f1, auc, average_precision;
  std::vector<EvaluationEstimates> labels;  // [L], resampling the groups that know the label
};

/// As of a single label (evaluation_estimates.h); the means over the labels from resamples that all
/// labels share.
MultiLabelEstimates estimate_evaluation(std::span<const MultiLabelPredictions> repeats,
                                        std::span<const int32_t> group, const BootstrapPlan& plan);

}  // namespace puente
