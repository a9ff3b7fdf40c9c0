// ROC and precision-recall curves of one class against the rest, with scikit-learn's points. Areas
// under them are in eval/metrics.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/metrics.h"

namespace puente {

/// Rows with a probability of at least `threshold` are said to be of the class; NaN: none is.
struct ThresholdPoint {
  double x = 0;
  double y = 0;
  double threshold = 0;
};

/// By falling thresholds. Points on the straight line between their neighbours are left out.
struct ClassCurves {
  std::vector<ThresholdPoint> roc;  // false positive rate, true positive rate; (0, 0) first
  std::vector<ThresholdPoint>
      precision_recall;  // recall, precision; (0, 1) first, as scikit-learn has
  bool thinned = false;  // more points than asked for were there
};

inline constexpr size_t kCurvePoints = 500;

/// Of class k. Empty where no row is of the class, or all are (precision_recall: where none is). At
/// most `most` points a curve, the same way apart along it. UserError if a probability is not
/// finite.
ClassCurves curves_of_class(const Predictions& predictions, int64_t k, size_t most = kCurvePoints);

}  // namespace puente
