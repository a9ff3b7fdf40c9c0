#include "eval/metrics.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/scorer.h"
#include "eval/undefined.h"

namespace puente {

void check_predictions(const Predictions& predictions) {
  const Matrix& p = predictions.probabilities;  // [N, K]
  PUENTE_ASSERT(p.cols() >= 1);
  PUENTE_ASSERT(p.rows() == static_cast<int64_t>(predictions.label.size()));
  for (int64_t i = 0; i < p.rows(); ++i) {
    const int32_t label = predictions.label[static_cast<size_t>(i)];
    PUENTE_ASSERT(label >= 0 && label < p.cols());
    for (float value : p.row_span(i)) {
      if (!std::isfinite(value)) {
        fail(
            "the model's probabilities are not all finite numbers: its training diverged; lower "
            "the learning rate, or align with 'normalise'");
      }
    }
  }
}

int32_t predicted_class(std::span<const float> probabilities) {
  const auto best = std::max_element(probabilities.begin(), probabilities.end());
  return static_cast<int32_t>(best - probabilities.begin());  // the first on ties
}

Evaluation evaluate(const Predictions& predictions, const std::optional<ClassOrder>& order) {
  const std::vector<int32_t> once(predictions.label.size(), 1);
  return Scorer(predictions, order).evaluate(once);
}

double quadratic_kappa(const Confusion& confusion, const ClassOrder& order) {
  const size_t classes = confusion.size();
  PUENTE_ASSERT(order.place.size() == classes);
  std::vector<int64_t> truth(classes);
  std::vector<int64_t> predicted(classes);
  int64_t rows = 0;
  for (size_t i = 0; i < classes; ++i) {
    for (size_t j = 0; j < classes; ++j) {
      truth[i] += confusion[i][j];
      predicted[j] += confusion[i][j];
      rows += confusion[i][j];
    }
  }
  double observed = 0;
  double by_chance = 0;  // times rows
  for (size_t i = 0; i < classes; ++i) {
    for (size_t j = 0; j < classes; ++j) {
      const double distance = order.place[i] - order.place[j];
      const double weight = distance * distance;
      observed += weight * static_cast<double>(confusion[i][j]);
      by_chance += weight * static_cast<double>(truth[i]) * static_cast<double>(predicted[j]);
    }
  }
  if (by_chance == 0) return kUndefined;
  return 1 - observed * static_cast<double>(rows) / by_chance;
}

}  // namespace puente
