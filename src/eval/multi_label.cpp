#include "eval/multi_label.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "eval/scorer.h"
#include "eval/undefined.h"

namespace puente {
namespace {

/// A figure over all labels, and how it is had from one label.
struct Mean {
  double MultiLabelEvaluation::*of_all;
  Estimate MultiLabelEstimates::*estimate;
  double (*of_one)(const Evaluation&);
};

constexpr std::array kMeans = {
    Mean{&MultiLabelEvaluation::accuracy, &MultiLabelEstimates::accuracy,
         [](const Evaluation& e) { return e.accuracy; }},
    Mean{&MultiLabelEvaluation::balanced_accuracy, &MultiLabelEstimates::balanced_accuracy,
         [](const Evaluation& e) { return e.balanced_accuracy; }},
    Mean{&MultiLabelEvaluation::macro_f1, &MultiLabelEstimates::macro_f1,
         [](const Evaluation& e) { return e.rows == 0 ? kUndefined : e.classes[1].f1; }},
    Mean{&MultiLabelEvaluation::auc, &MultiLabelEstimates::auc,
         [](const Evaluation& e) { return e.auc; }},
    Mean{&MultiLabelEvaluation::average_precision, &MultiLabelEstimates::average_precision,
         [](const Evaluation& e) { return e.average_precision; }},
};

/// Scores each label over its known rows, of rows that count a number of times.
class LabelScorers {
 public:
  explicit LabelScorers(const MultiLabelPredictions& predictions) {
    for (int64_t l = 0; l < predictions.labels(); ++l) {
      LabelPredictions own = of_label(predictions, l);
      scorers_.emplace_back(own.predictions);
      rows_.push_back(std::move(own.rows));
    }
  }

  std::vector<Evaluation> evaluate(std::span<const int32_t> times) const {
    std::vector<Evaluation> labels;
    std::vector<int32_t> own;
    for (size_t l = 0; l < scorers_.size(); ++l) {
      own.clear();
      for (const int32_t row : rows_[l]) own.push_back(times[static_cast<size_t>(row)]);
      labels.push_back(scorers_[l].evaluate(own));
    }
    return labels;
  }

 private:
  std::vector<Scorer> scorers_;             // [L]
  std::vector<std::vector<int32_t>> rows_;  // [L] where the label is known
};

double mean_over(const std::vector<Evaluation>& labels, const Mean& mean) {
  double sum = 0;
  for (const Evaluation& one : labels) sum += mean.of_one(one);
  return sum / static_cast<double>(labels.size());
}

}  // namespace

LabelPredictions of_label(const MultiLabelPredictions& predictions, int64_t label) {
  const int64_t labels = predictions.labels();
  PUENTE_ASSERT(label >= 0 && label < labels);
  PUENTE_ASSERT(static_cast<int64_t>(predictions.label.size()) == predictions.rows() * labels);
  LabelPredictions own;
  for (int64_t row = 0; row < predictions.rows(); ++row) {
    const int32_t answer = predictions.label[static_cast<size_t>(row * labels + label)];
    if (answer < 0) continue;
    own.rows.push_back(static_cast<int32_t>(row));
    own.predictions.label.push_back(answer);
  }
  own.predictions.probabilities = Matrix(static_cast<int64_t>(own.rows.size()), 2);
  for (size_t i = 0; i < own.rows.size(); ++i) {
    const auto from = predictions.probabilities.row_span(own.rows[i]);
    std::ranges::copy(from.subspan(static_cast<size_t>(2 * label), 2),
                      own.predictions.probabilities.row(static_cast<int64_t>(i)));
  }
  return own;
}

MultiLabelPredictions joined(std::span<const MultiLabelPredictions> parts) {
  PUENTE_ASSERT(!parts.empty());
  int64_t rows = 0;
  for (const MultiLabelPredictions& part : parts) rows += part.rows();
  MultiLabelPredictions all{Matrix(rows, parts.front().probabilities.cols()), {}};
  float* to = all.probabilities.data();
  for (const MultiLabelPredictions& part : parts) {
    PUENTE_ASSERT(part.probabilities.cols() == all.probabilities.cols());
    to = std::copy_n(part.probabilities.data(), part.probabilities.size(), to);
    all.label.insert(all.label.end(), part.label.begin(), part.label.end());
  }
  return all;
}

MultiLabelPredictions predictions_at(const MultiLabelPredictions& all,
                                     std::span<const int32_t> rows) {
  const int64_t labels = all.labels();
  MultiLabelPredictions some{Matrix(static_cast<int64_t>(rows.size()), all.probabilities.cols()),
                             {}};
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(all.probabilities.row_span(rows[i]),
                      some.probabilities.row(static_cast<int64_t>(i)));
    const auto own = all.label.begin() + rows[i] * labels;
    some.label.insert(some.label.end(), own, own + labels);
  }
  return some;
}

MultiLabelEvaluation evaluate(const MultiLabelPredictions& predictions) {
  const std::vector<int32_t> once(static_cast<size_t>(predictions.rows()), 1);
  MultiLabelEvaluation result;
  result.rows = predictions.rows();
  result.labels = LabelScorers(predictions).evaluate(once);
  for (const Mean& mean : kMeans) result.*mean.of_all = mean_over(result.labels, mean);
  return result;
}

MultiLabelEstimates estimate_evaluation(std::span<const MultiLabelPredictions> repeats,
                                        std::span<const int32_t> group, const BootstrapPlan& plan) {
  PUENTE_ASSERT(!repeats.empty());
  std::vector<LabelScorers> scorers;
  for (const MultiLabelPredictions& predictions : repeats) scorers.emplace_back(predictions);
  const Statistic statistic = [&](std::span<const int32_t> times, std::span<double> values) {
    std::ranges::fill(values, 0.0);
    for (const LabelScorers& scorer : scorers) {
      const std::vector<Evaluation> labels = scorer.evaluate(times);
      for (size_t m = 0; m < kMeans.size(); ++m) {
        values[m] += mean_over(labels, kMeans[m]) / static_cast<double>(scorers.size());
      }
    }
  };
  const BootstrapSample sample = bootstrap_sample(group, kMeans.size(), statistic, plan);
  std::vector<Estimate> means = estimates_of(sample);
  MultiLabelEstimates result;
  result.groups = sample.groups;
  for (size_t m = 0; m < kMeans.size(); ++m) result.*kMeans[m].estimate = std::move(means[m]);

  for (int64_t l = 0; l < repeats.front().labels(); ++l) {
    std::vector<Predictions> own;
    std::vector<int32_t> own_groups;
    for (const MultiLabelPredictions& predictions : repeats) {
      LabelPredictions one = of_label(predictions, l);
      if (own.empty()) {
        for (const int32_t row : one.rows) own_groups.push_back(group[static_cast<size_t>(row)]);
      }
      own.push_back(std::move(one.predictions));
    }
    result.labels.push_back(estimate_evaluation(own, own_groups, plan));
  }
  return result;
}

}  // namespace puente
