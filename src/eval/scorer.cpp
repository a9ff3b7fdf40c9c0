#include "eval/scorer.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "eval/undefined.h"

namespace puente {
namespace {

double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Of class 1 if binary, else the mean over the classes.
double overall(const std::vector<ClassMetrics>& classes, double ClassMetrics::*figure) {
  if (classes.size() == 2) return classes[1].*figure;
  double sum = 0;
  for (const ClassMetrics& metrics : classes) sum += metrics.*figure;
  return sum / static_cast<double>(classes.size());
}

/// Everything that follows from who was predicted as what.
void evaluate_confusion(Evaluation& result) {
  const size_t classes = result.confusion.size();
  int64_t correct = 0;
  int64_t occurring = 0;
  int64_t with_rows = 0;
  double recall_sum = 0;
  double f1_sum = 0;
  double weighted_f1_sum = 0;
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
    if (metrics.support > 0) ++with_rows;
    if (predicted + metrics.support > 0) ++occurring;
    recall_sum += metrics.recall;
    f1_sum += metrics.f1;
    weighted_f1_sum += metrics.f1 * static_cast<double>(metrics.support);
    result.rows += metrics.support;
  }
  const bool empty = result.rows == 0;
  result.accuracy = empty ? kUndefined : ratio(correct, result.rows);
  result.balanced_accuracy = empty ? kUndefined : recall_sum / static_cast<double>(with_rows);
  result.macro_f1 = empty ? kUndefined : f1_sum / static_cast<double>(occurring);
  result.weighted_f1 = empty ? kUndefined : weighted_f1_sum / static_cast<double>(result.rows);
}

}  // namespace

Scorer::Scorer(const Predictions& predictions, std::optional<ClassOrder> ordinal)
    : order_(std::move(ordinal)), truth_(predictions.label) {
  check_predictions(predictions);
  const Matrix& p = predictions.probabilities;
  PUENTE_ASSERT(p.rows() <= std::numeric_limits<int32_t>::max());
  predicted_.reserve(truth_.size());
  for (int64_t i = 0; i < p.rows(); ++i) predicted_.push_back(predicted_class(p.row_span(i)));

  std::vector<int32_t> order(truth_.size());
  ranking_.resize(static_cast<size_t>(p.cols()));
  for (int64_t k = 0; k < p.cols(); ++k) {
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return p(a, k) > p(b, k); });
    std::vector<Ranked>& ranking = ranking_[static_cast<size_t>(k)];
    ranking.reserve(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      const int32_t row = order[i];
      const bool last = i + 1 == order.size();
      ranking.push_back(
          {row, truth_[static_cast<size_t>(row)] == k, last || p(order[i + 1], k) != p(row, k)});
    }
  }
}

/// The area under the ROC curve: the share of pairs (a row of the class, a row of another) that are
/// ranked the right way round, equal ones counting half. Average precision: the sum over distinct
/// probabilities of the precision there times the recall gained there.
void Scorer::evaluate_ranking(std::span<const Ranked> ranking, std::span<const int32_t> times,
                              ClassMetrics& metrics) const {
  int64_t positives = 0;
  int64_t negatives = 0;
  int64_t tied_positives = 0;
  int64_t tied_negatives = 0;
  int64_t twice_lost = 0;  // in whole numbers, so that the order of the rows cannot matter
  double precision_sum = 0;
  for (const Ranked& at : ranking) {
    (at.positive ? tied_positives : tied_negatives) += times[static_cast<size_t>(at.row)];
    if (!at.ends_a_tie) continue;
    twice_lost += tied_positives * (2 * negatives + tied_negatives);
    positives += tied_positives;
    negatives += tied_negatives;
    if (tied_positives > 0) {
      precision_sum +=
          static_cast<double>(tied_positives) * ratio(positives, positives + negatives);
    }
    tied_positives = 0;
    tied_negatives = 0;
  }
  const int64_t twice_pairs = 2 * positives * negatives;
  metrics.auc = twice_pairs == 0 ? kUndefined : ratio(twice_pairs - twice_lost, twice_pairs);
  metrics.average_precision =
      positives == 0 ? kUndefined : precision_sum / static_cast<double>(positives);
}

Evaluation Scorer::evaluate(std::span<const int32_t> times) const {
  PUENTE_ASSERT(times.size() == truth_.size());
  const size_t classes = ranking_.size();
  Evaluation result;
  result.classes.resize(classes);
  result.confusion.assign(classes, std::vector<int64_t>(classes));
  for (size_t i = 0; i < times.size(); ++i) {
    PUENTE_ASSERT(times[i] >= 0);
    result.confusion[static_cast<size_t>(truth_[i])][static_cast<size_t>(predicted_[i])] +=
        times[i];
  }
  evaluate_confusion(result);
  if (order_) result.quadratic_kappa = quadratic_kappa(result.confusion, *order_);
  for (size_t k = 0; k < classes; ++k) {
    evaluate_ranking(ranking_[k], times, result.classes[k]);
  }
  result.auc = overall(result.classes, &ClassMetrics::auc);
  result.average_precision = overall(result.classes, &ClassMetrics::average_precision);
  return result;
}

Statistic macro_f1_and_auc(const Predictions& predictions) {
  return [scorer = Scorer(predictions)](std::span<const int32_t> times, std::span<double> values) {
    const Evaluation scores = scorer.evaluate(times);
    values[0] = scores.macro_f1;
    values[1] = scores.auc;
  };
}

}  // namespace puente
