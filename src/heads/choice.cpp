#include "heads/choice.h"

#include "eval/log_loss.h"
#include "eval/metrics.h"

namespace puente {

ValidationScore score_on(const Matrix& probabilities, std::span<const int32_t> label) {
  const Predictions predictions{probabilities, {label.begin(), label.end()}};
  return {evaluate(predictions).macro_f1, log_loss(predictions)};
}

}  // namespace puente
