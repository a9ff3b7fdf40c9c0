#include "experiment/assessment.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/manifest.h"
#include "eval/temperature.h"

namespace puente {
namespace {

std::vector<int32_t> groups_at(const Dataset& dataset, const std::vector<int32_t>& rows) {
  std::vector<int32_t> groups;
  for (const int32_t row : rows) {
    groups.push_back(dataset.groups.of_row[static_cast<size_t>(row)]);
  }
  return groups;
}

/// In a question of two classes the second is the positive one; else each in turn is.
std::vector<AssessedThreshold> assess_thresholds(const ScoredRows& test,
                                                 const Predictions& chosen_on,
                                                 const AssessmentPlan& plan) {
  const auto classes = static_cast<int32_t>(test.predictions.probabilities.cols());
  std::vector<AssessedThreshold> all;
  const auto add = [&](Wish wish, double wished) {
    for (int32_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      AssessedThreshold& one = all.emplace_back();
      one = {k, wish, wished, choose_threshold(chosen_on, k, wish, wished), {}};
      if (one.chosen) one.test = at_threshold(test.predictions, k, one.chosen->threshold);
    }
  };
  if (plan.sensitivity) add(Wish::sensitivity, *plan.sensitivity);
  if (plan.specificity) add(Wish::specificity, *plan.specificity);
  return all;
}

Predictions rows_in(const Predictions& all, const std::vector<size_t>& places) {
  Predictions some;
  some.probabilities = Matrix(static_cast<int64_t>(places.size()), all.probabilities.cols());
  for (size_t i = 0; i < places.size(); ++i) {
    std::ranges::copy(all.probabilities.row_span(static_cast<int64_t>(places[i])),
                      some.probabilities.row(static_cast<int64_t>(i)));
    some.label.push_back(all.label[places[i]]);
  }
  return some;
}

/// The column's values in the test rows.
Column at(const Column& column, const std::vector<int32_t>& rows) {
  Column some{column.name, {}};
  for (const int32_t row : rows) some.values.push_back(column.values[static_cast<size_t>(row)]);
  return some;
}

AssessedSubgroups assess_subgroups(const Dataset& dataset, const ScoredRows& test,
                                   const Scorer& scorer, const std::string& name, int threads) {
  const std::string& source = dataset.table.source;
  const Column& column = require_column(dataset.table.columns, name, "--subgroups", source);
  const Subgrouping subgrouping = subgroups_of(at(column, test.rows), source);
  const std::vector<int32_t> groups = groups_at(dataset, test.rows);
  AssessedSubgroups assessed;
  assessed.scores = evaluate_subgroups(scorer, subgrouping);
  for (size_t s = 0; s < assessed.scores.subgroups.size(); ++s) {
    std::optional<EvaluationEstimates>& estimates = assessed.estimates.emplace_back();
    if (!assessed.scores.subgroups[s].evaluation) continue;
    std::vector<size_t> places;
    std::vector<int32_t> own_groups;
    for (size_t i = 0; i < test.rows.size(); ++i) {
      if (subgrouping.of_row[i] != static_cast<int32_t>(s)) continue;
      places.push_back(i);
      own_groups.push_back(groups[i]);
    }
    const Predictions own = rows_in(test.predictions, places);
    estimates = estimate_evaluation({&own, 1}, own_groups, {.threads = threads});
  }
  return assessed;
}

GroupScores assess_groups(const Dataset& dataset, const ScoredRows& test, int threads) {
  const GroupPredictions pooled = pool_groups(test.predictions, groups_at(dataset, test.rows),
                                              dataset.groups.names, Pooling::mean);
  return {evaluate(pooled.predictions),
          estimate_evaluation({&pooled.predictions, 1}, pooled.group, {.threads = threads})};
}

}  // namespace

Assessment assess(const Dataset& dataset, const ScoredRows& test, const Predictions& chosen_on,
                  const AssessmentPlan& plan) {
  Assessment assessment;
  assessment.calibration = calibration_of(test.predictions);
  assessment.temperature = fit_temperature(chosen_on);
  if (assessment.temperature) {
    assessment.tempered =
        calibration_of(with_temperature(test.predictions, *assessment.temperature));
  }
  assessment.thresholds = assess_thresholds(test, chosen_on, plan);
  const Scorer scorer(test.predictions);
  for (const std::string& name : plan.subgroups) {
    assessment.subgroups.push_back(assess_subgroups(dataset, test, scorer, name, plan.threads));
  }
  if (plan.per_group) assessment.per_group = assess_groups(dataset, test, plan.threads);
  return assessment;
}

}  // namespace puente
