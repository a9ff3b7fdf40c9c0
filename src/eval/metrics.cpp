#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace puente {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

void check(const Predictions& predictions) {
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
            "the "
            "learning rate, or align with 'normalise'");
      }
    }
  }
}

/// The share of pairs (a row of class k, a row of another class) that column k of the probabilities
/// ranks the right way round, equal ones counting half: the area under the ROC curve.
double one_vs_rest_auc(const Predictions& predictions, int64_t k) {
  struct Scored {
    float score;
    bool positive;
  };
  const Matrix& p = predictions.probabilities;
  std::vector<Scored> rows(predictions.label.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {p(static_cast<int64_t>(i), k), predictions.label[i] == k};
  }
  std::sort(rows.begin(), rows.end(),
            [](const Scored& a, const Scored& b) { return a.score < b.score; });
  int64_t positives = 0;
  int64_t negatives = 0;
  int64_t twice_won = 0;  // in whole numbers, so that the order of the rows cannot matter
  for (size_t begin = 0; begin < rows.size();) {
    int64_t tied_positives = 0;
    int64_t tied_negatives = 0;
    size_t end = begin;
    for (; end < rows.size() && rows[end].score == rows[begin].score; ++end) {
      ++(rows[end].positive ? tied_positives : tied_negatives);
    }
    twice_won += tied_positives * (2 * negatives + tied_negatives);
    positives += tied_positives;
    negatives += tied_negatives;
    begin = end;
  }
  if (positives == 0 || negatives == 0) return kUndefined;
  return static_cast<double>(twice_won) /
         (2.0 * static_cast<double>(positives) * static_cast<double>(negatives));
}

double auc_of(const Predictions& predictions) {
  const int64_t classes = predictions.probabilities.cols();
  if (classes == 2) return one_vs_rest_auc(predictions, 1);
  double sum = 0;
  for (int64_t k = 0; k < classes; ++k) sum += one_vs_rest_auc(predictions, k);
  return sum / static_cast<double>(classes);
}

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

int32_t predicted_class(std::span<const float> probabilities) {
  const auto best = std::max_element(probabilities.begin(), probabilities.end());
  return static_cast<int32_t>(best - probabilities.begin());  // the first on ties
}

Evaluation evaluate(const Predictions& predictions) {
  check(predictions);
  const Matrix& p = predictions.probabilities;
  const size_t classes = static_cast<size_t>(p.cols());
  Evaluation result;
  result.rows = p.rows();
  result.classes.resize(classes);
  result.confusion.assign(classes, std::vector<int64_t>(classes, 0));
  for (int64_t i = 0; i < p.rows(); ++i) {
    const int32_t best = predicted_class(p.row_span(i));
    const auto truth = static_cast<size_t>(predictions.label[static_cast<size_t>(i)]);
    ++result.confusion[truth][static_cast<size_t>(best)];
  }

  int64_t correct = 0;
  int64_t occurring = 0;
  double f1_sum = 0;
  for (size_t k = 0; k < classes; ++k) {
    ClassMetrics& metrics = result.classes[k];
    const int64_t hits = result.confusion[k][k];
    int64_t predicted = 0;
    for (size_t j = 0; j < classes; ++j) {
      metrics.support += result.confusion[k][j];
      predicted += result.confusion[j][k];
    }
    metrics.precision = ratio(hits, predicted);
    metrics.recall = ratio(hits, metrics.support);
    metrics.f1 = ratio(2 * hits, predicted + metrics.support);
    correct += hits;
    if (predicted + metrics.support > 0) ++occurring;
    f1_sum += metrics.f1;
  }
  result.accuracy = result.rows == 0 ? kUndefined : ratio(correct, result.rows);
  result.macro_f1 = occurring == 0 ? kUndefined : f1_sum / static_cast<double>(occurring);
  result.auc = auc_of(predictions);
  return result;
}

}  // namespace puente
