#include "heads/choice.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/metrics.h"

namespace puente {

double log_loss(MatrixView<const float> probabilities, std::span<const int32_t> label) {
  PUENTE_ASSERT(!label.empty() && probabilities.rows == static_cast<int64_t>(label.size()));
  double sum = 0;
  for (size_t i = 0; i < label.size(); ++i) {
    const double p = probabilities.row(static_cast<int64_t>(i))[label[i]];
    sum -= std::log(std::max(p, 1e-15));
  }
  return sum / static_cast<double>(label.size());
}

ValidationScore score_on(const Matrix& probabilities, std::span<const int32_t> label) {
  return {evaluate({probabilities, {label.begin(), label.end()}}).macro_f1,
          log_loss(probabilities, label)};
}

}  // namespace puente
