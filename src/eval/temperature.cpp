#include "eval/temperature.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "eval/log_loss.h"

namespace puente {
namespace {

/// Scores less their row's largest; `label` the same of the row's label.
struct RelativeScores {
  size_t classes = 0;
  std::vector<double> values;  // [N * K]
  std::vector<double> label;   // [N]
};

RelativeScores relative(MatrixView<const double> scores, std::span<const int32_t> label) {
  RelativeScores result;
  result.classes = static_cast<size_t>(scores.cols);
  for (int64_t i = 0; i < scores.rows; ++i) {
    const double most = std::ranges::max(scores.row_span(i));
    for (const double score : scores.row_span(i)) result.values.push_back(score - most);
    result.label.push_back(scores.row(i)[label[static_cast<size_t>(i)]] - most);
  }
  return result;
}

/// The derivative of the log loss, times N, by the factor: the sum over the rows of the score
/// expected under softmax(factor * scores), less that of the label. It rises with the factor.
double slope_at(const RelativeScores& scores, double factor) {
  double sum = 0;
  for (size_t i = 0; i < scores.label.size(); ++i) {
    double weights = 0;
    double weighted = 0;
    for (double value : std::span(scores.values).subspan(i * scores.classes, scores.classes)) {
      const double weight = std::exp(factor * value);
      weights += weight;
      weighted += weight * value;
    }
    sum += weighted / weights - scores.label[i];
  }
  return sum;
}

BasicMatrix<double> logs_of(const Matrix& probabilities) {
  BasicMatrix<double> logs(probabilities.rows(), probabilities.cols());
  for (int64_t i = 0; i < logs.size(); ++i) {
    logs.data()[i] = log_probability(probabilities.data()[i]);
  }
  return logs;
}

}  // namespace

double best_factor(MatrixView<const double> scores, std::span<const int32_t> label) {
  PUENTE_ASSERT(scores.rows == static_cast<int64_t>(label.size()));
  const RelativeScores own = relative(scores, label);
  if (std::ranges::all_of(own.label, [](double score) { return score == 0; })) {
    return std::numeric_limits<double>::infinity();
  }
  if (slope_at(own, 0) >= 0) return 0;
  double low = 0;
  double high = 1;
  while (slope_at(own, high) < 0) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-15 * high) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (slope_at(own, middle) < 0 ? low : high) = middle;
  }
  return high;
}

Matrix softmax(MatrixView<const double> scores, double factor) {
  Matrix p(scores.rows, scores.cols);
  std::vector<double> weights(static_cast<size_t>(scores.cols));
  for (int64_t i = 0; i < scores.rows; ++i) {
    const std::span<const double> row = scores.row_span(i);
    const double most = std::ranges::max(row);
    double sum = 0;
    for (size_t k = 0; k < row.size(); ++k) {
      weights[k] = std::exp(factor * (row[k] - most));
      sum += weights[k];
    }
    for (size_t k = 0; k < row.size(); ++k) p.row(i)[k] = static_cast<float>(weights[k] / sum);
  }
  return p;
}

std::optional<double> fit_temperature(const Predictions& validation) {
  check_predictions(validation);
  const double factor = best_factor(logs_of(validation.probabilities), validation.label);
  if (factor == 0 || std::isinf(factor)) return std::nullopt;
  return 1 / factor;
}

Predictions with_temperature(const Predictions& predictions, double temperature) {
  PUENTE_ASSERT(temperature > 0 && std::isfinite(temperature));
  check_predictions(predictions);
  return {softmax(logs_of(predictions.probabilities), 1 / temperature), predictions.label};
}

}  // namespace puente
