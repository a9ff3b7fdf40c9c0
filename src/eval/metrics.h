// Metrics of a classifier's predictions, with scikit-learn's definitions. Counting rows several
// times, as a bootstrap does, is in eval/scorer.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "data/class_order.h"

namespace puente {

/// probabilities [N, K]; label [N] in 0 .. K-1.
struct Predictions {
  Matrix probabilities;
  std::vector<int32_t> label;
};

/// [K][K], row: true, column: predicted.
using Confusion = std::vector<std::vector<int64_t>>;

struct ClassMetrics {
  double precision = 0;  // 0 where nothing was predicted as this class
  double recall = 0;     // 0 where the class has no rows
  double f1 = 0;
  double auc = 0;                // this class against the rest; NaN when either has no rows
  double average_precision = 0;  // likewise; NaN when the class has no rows
  int64_t support = 0;
};

struct Evaluation {
  int64_t rows = 0;
  double accuracy = 0;           // like every figure here, NaN when there are no rows
  double balanced_accuracy = 0;  // mean recall of the classes that have rows
  double macro_f1 = 0;  // over the classes that occur in label or prediction, as scikit-learn does
  double weighted_f1 = 0;        // by the classes' rows
  double auc = 0;                // from probabilities: of class 1 if binary, else the mean of the
  double average_precision = 0;  // classes'; both NaN when a class has no rows
  std::optional<double> quadratic_kappa;  // of ordinal labels only
  std::vector<ClassMetrics> classes;      // [K]
  Confusion confusion;
};

/// Asserts the shapes and labels; UserError if a probability is not finite, as after a training
/// that diverged.
void check_predictions(const Predictions& predictions);

/// The most probable class, the lower index on ties (binary: p(1) > 0.5).
int32_t predicted_class(std::span<const float> probabilities);

/// `order`: of an ordinal label's classes. UserError if a probability is not finite.
Evaluation evaluate(const Predictions& predictions,
                    const std::optional<ClassOrder>& order = std::nullopt);

/// Cohen's kappa (1968, Psychological Bulletin 70) with weights (i - j)^2 of the classes' places i
/// and j: 1 for full agreement, 0 for what chance would give. NaN where true and predicted are all
/// of one class, or there are no rows.
double quadratic_kappa(const Confusion& confusion, const ClassOrder& order);

}  // namespace puente
