// Operating points: the threshold on one class's probability at which a wished sensitivity or
// specificity is had, chosen on validation rows, and what it gives on others.
#pragma once

#include <cstdint>
#include <optional>

#include "eval/metrics.h"

namespace puente {

enum class Wish { sensitivity, specificity };

/// The rows of a class (positive; if binary, commonly class 1) against the rest, called positive
/// where the class's probability is at least a threshold. Shares are NaN where they are of no rows.
struct ThresholdOutcome {
  int64_t true_positives = 0;
  int64_t false_positives = 0;
  int64_t true_negatives = 0;
  int64_t false_negatives = 0;
  double sensitivity = 0;                // of the positive rows, called positive
  double specificity = 0;                // of the others, not called positive
  double positive_predictive_value = 0;  // of the rows called positive, positive
  double negative_predictive_value = 0;  // of the others, not positive
};

struct OperatingPoint {
  float threshold = 0;
  ThresholdOutcome validation;
};

/// Among the class's probabilities that occur in `validation` and as thresholds reach the wished
/// sensitivity (or specificity), the one with the best specificity (sensitivity), and of those
/// with the same the one that exceeds the wish most. `wished` in (0, 1]. A sensitivity is always
/// reached, if need be by calling every row positive; a specificity is not where too many of the
/// most probable rows are of other classes, and then there is nothing: only a threshold that never
/// calls a row positive would reach it. UserError if `wished` is not in its range, if
/// `validation` lacks rows of the class or of others, or if a probability is not finite.
std::optional<OperatingPoint> choose_threshold(const Predictions& validation,
                                               int32_t positive_class, Wish wish, double wished);

/// UserError if a probability is not finite.
ThresholdOutcome at_threshold(const Predictions& predictions, int32_t positive_class,
                              float threshold);

}  // namespace puente
