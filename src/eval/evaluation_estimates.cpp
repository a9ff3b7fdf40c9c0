#include "eval/evaluation_estimates.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "eval/scorer.h"

namespace puente {
namespace {

constexpr std::array kFigures = {
    std::pair(&Evaluation::accuracy, &EvaluationEstimates::accuracy),
    std::pair(&Evaluation::balanced_accuracy, &EvaluationEstimates::balanced_accuracy),
    std::pair(&Evaluation::macro_f1, &EvaluationEstimates::macro_f1),
    std::pair(&Evaluation::weighted_f1, &EvaluationEstimates::weighted_f1),
    std::pair(&Evaluation::auc, &EvaluationEstimates::auc),
    std::pair(&Evaluation::average_precision, &EvaluationEstimates::average_precision),
};

constexpr std::array kClassFigures = {
    std::pair(&ClassMetrics::precision, &ClassEstimates::precision),
    std::pair(&ClassMetrics::recall, &ClassEstimates::recall),
    std::pair(&ClassMetrics::f1, &ClassEstimates::f1),
    std::pair(&ClassMetrics::auc, &ClassEstimates::auc),
    std::pair(&ClassMetrics::average_precision, &ClassEstimates::average_precision),
};

/// All figures in one row: those of the whole, then class after class, then kappa if there is one.
void add_figures(const Evaluation& evaluation, double share, std::span<double> values) {
  size_t at = 0;
  for (const auto& figure : kFigures) values[at++] += share * (evaluation.*figure.first);
  for (const ClassMetrics& metrics : evaluation.classes) {
    for (const auto& figure : kClassFigures) values[at++] += share * (metrics.*figure.first);
  }
  if (evaluation.quadratic_kappa) values[at] += share * *evaluation.quadratic_kappa;
}

}  // namespace

EvaluationEstimates estimate_evaluation(std::span<const Predictions> repeats,
                                        std::span<const int32_t> group, const BootstrapPlan& plan,
                                        const std::optional<ClassOrder>& order) {
  PUENTE_ASSERT(!repeats.empty());
  std::vector<Scorer> scorers;
  for (const Predictions& predictions : repeats) scorers.emplace_back(predictions, order);
  const auto classes = static_cast<size_t>(repeats.front().probabilities.cols());
  const Statistic statistic = [&](std::span<const int32_t> times, std::span<double> values) {
    std::ranges::fill(values, 0.0);
    for (const Scorer& scorer : scorers) {
      add_figures(scorer.evaluate(times), 1.0 / static_cast<double>(scorers.size()), values);
    }
  };
  const size_t figures =
      kFigures.size() + classes * kClassFigures.size() + (order ? size_t{1} : size_t{0});
  const BootstrapSample sample = bootstrap_sample(group, figures, statistic, plan);
  std::vector<Estimate> all = estimates_of(sample);
  EvaluationEstimates result;
  result.groups = sample.groups;
  size_t at = 0;
  for (const auto& figure : kFigures) result.*figure.second = std::move(all[at++]);
  for (ClassEstimates& one : result.classes = std::vector<ClassEstimates>(classes)) {
    for (const auto& figure : kClassFigures) one.*figure.second = std::move(all[at++]);
  }
  if (order) result.quadratic_kappa = std::move(all[at]);
  return result;
}

}  // namespace puente
