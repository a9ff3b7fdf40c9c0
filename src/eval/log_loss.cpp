#include "eval/log_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "eval/undefined.h"

namespace puente {

double log_probability(double p) {
  constexpr double kSmallest = std::numeric_limits<float>::min();
  return std::log(std::max(p, kSmallest));
}

double log_loss(const Predictions& predictions) {
  check_predictions(predictions);
  const Matrix& p = predictions.probabilities;  // [N, K]
  if (p.rows() == 0) return kUndefined;
  double sum = 0;
  for (int64_t i = 0; i < p.rows(); ++i) {
    sum -= log_probability(p(i, predictions.label[static_cast<size_t>(i)]));
  }
  return sum / static_cast<double>(p.rows());
}

}  // namespace puente
