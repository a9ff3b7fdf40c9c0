// Calibration: whether, of the rows given a probability of 0.8, four in five are right.
#pragma once

#include <cstdint>
#include <vector>

#include "eval/metrics.h"

namespace puente {

inline constexpr int kReliabilityBins = 10;

/// The rows whose confidence is in (lower, upper] (the first bin: from 0).
struct ReliabilityBin {
  double lower = 0;
  double upper = 0;
  int64_t rows = 0;
  double mean_confidence = 0;  // like share_correct, NaN when the bin is empty
  double share_correct = 0;
};

/// Logistic recalibration (Cox 1958, Biometrika 45) of one class against the rest:
/// log odds of the label = intercept + slope * log odds of the probability. Perfect is slope 1 and
/// intercept 0; a slope below 1 means probabilities that are too extreme. in_the_large is the
/// intercept with the slope held at 1 (Van Calster et al. 2019, BMC Medicine 17): above 0,
/// probabilities of the class are too low on average.
struct Recalibration {
  double slope = 0;      // like intercept, NaN where the log odds separate the class from the rest
  double intercept = 0;  // (the best slope would be infinite), or are all the same
  double in_the_large = 0;  // NaN when the class or the rest has no rows
};

struct Calibration {
  /// Brier's original score (1950, Monthly Weather Review 78): the mean over the rows of the sum
  /// over the classes of (p - [is the label])^2, from 0 to 2. If binary, it is twice the score of
  /// p(1) alone that scikit-learn's brier_score_loss gives.
  double brier = 0;
  /// Expected calibration error: the mean over the rows of their bin's |share_correct -
  /// mean_confidence|. The confidence is the top class's probability, and correct means that it is
  /// the label (Guo et al. 2017, ICML); if binary, the confidence is p(1) and correct means class
  /// 1, as in clinical calibration plots and scikit-learn's calibration_curve.
  double expected_error = 0;
  std::vector<ReliabilityBin> bins;    // [kReliabilityBins], of equal width
  std::vector<Recalibration> classes;  // [K]
};

/// brier and expected_error are NaN when there are no rows. UserError if a probability is not
/// finite.
Calibration calibration_of(const Predictions& predictions);

}  // namespace puente
