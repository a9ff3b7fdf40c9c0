#include "eval/temperature.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"
#include "eval/log_loss.h"

namespace puente {
namespace {

/// log p [N * K] less the row's largest; `label` the same of the row's label.
struct LogProbabilities {
  size_t classes = 0;
  std::vector<double> values;
  std::vector<double> label;
};

LogProbabilities logs_of(const Predictions& predictions) {
  const Matrix& p = predictions.probabilities;  // [N, K]
  LogProbabilities logs;
  logs.classes = static_cast<size_t>(p.cols());
  for (int64_t i = 0; i < p.rows(); ++i) {
    const double most = log_probability(p(i, predicted_class(p.row_span(i))));
    for (float value : p.row_span(i)) logs.values.push_back(log_probability(value) - most);
    logs.label.push_back(log_probability(p(i, predictions.label[static_cast<size_t>(i)])) - most);
  }
  return logs;
}

/// The derivative of the log loss, times N, by 1 / T: the sum over the rows of the log p expected
/// under softmax(log p / T), less that of the label. It rises with 1 / T.
double slope_at(const LogProbabilities& logs, double inverse) {
  double sum = 0;
  for (size_t i = 0; i < logs.label.size(); ++i) {
    double weights = 0;
    double weighted = 0;
    for (double value : std::span(logs.values).subspan(i * logs.classes, logs.classes)) {
      const double weight = std::exp(inverse * value);
      weights += weight;
      weighted += weight * value;
    }
    sum += weighted / weights - logs.label[i];
  }
  return sum;
}

}  // namespace

std::optional<double> fit_temperature(const Predictions& validation) {
  check_predictions(validation);
  const LogProbabilities logs = logs_of(validation);
  const bool all_right =
      std::all_of(logs.label.begin(), logs.label.end(), [](double label) { return label == 0; });
  if (all_right || slope_at(logs, 0) >= 0) return std::nullopt;
  double low = 0;
  double high = 1;
  while (slope_at(logs, high) < 0) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-15 * high) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (slope_at(logs, middle) < 0 ? low : high) = middle;
  }
  return 1 / high;
}

Predictions with_temperature(const Predictions& predictions, double temperature) {
  PUENTE_ASSERT(temperature > 0 && std::isfinite(temperature));
  check_predictions(predictions);
  const LogProbabilities logs = logs_of(predictions);
  Predictions result = predictions;
  std::vector<double> weights(logs.classes);
  for (size_t i = 0; i < logs.label.size(); ++i) {
    double sum = 0;
    for (size_t k = 0; k < logs.classes; ++k) {
      weights[k] = std::exp(logs.values[i * logs.classes + k] / temperature);
      sum += weights[k];
    }
    for (size_t k = 0; k < logs.classes; ++k) {
      result.probabilities(static_cast<int64_t>(i), static_cast<int64_t>(k)) =
          static_cast<float>(weights[k] / sum);
    }
  }
  return result;
}

}  // namespace puente
