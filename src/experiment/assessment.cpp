#include "experiment/assessment.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/manifest.h"
#include "data/rows_at.h"
#include "eval/temperature.h"
#include "heads/linear_scores.h"

namespace puente {
namespace {

std::vector<int32_t> groups_at(const Dataset& dataset, const std::vector<int32_t>& rows) {
  return labels_at(dataset.groups.of_row, rows);
}

const Column& subgroup_column(const Dataset& dataset, const std::string& name) {
  return require_column(dataset.table.columns, name, "--subgroups", dataset.table.source);
}

SubgroupRule rule_for(const Dataset& dataset, const std::string& name,
                      const std::vector<int32_t>& rows) {
  return subgroup_rule(subgroup_column(dataset, name), rows, dataset.table.source);
}

/// Of the test rows.
Subgrouping subgrouping_of(const Dataset& dataset, const std::vector<int32_t>& test_rows,
                           const SubgroupRule& rule) {
  const Column& column = subgroup_column(dataset, rule.column);
  Column test{column.name, {}};
  for (const int32_t row : test_rows) {
    test.values.push_back(column.values[static_cast<size_t>(row)]);
  }
  return subgroups_by(rule, test, dataset.table.source);
}

AssessedSubgroups assess_subgroups(const Dataset& dataset, const ScoredRows& test,
                                   const Scorer& scorer, const Fitted& fitted,
                                   const std::string& name, int threads) {
  AssessedSubgroups assessed;
  const auto known = std::ranges::find(fitted.subgroups, name, &SubgroupRule::column);
  assessed.from_training = known != fitted.subgroups.end();
  assessed.rule = assessed.from_training ? *known : rule_for(dataset, name, test.rows);
  const Subgrouping subgrouping = subgrouping_of(dataset, test.rows, assessed.rule);
  const std::vector<int32_t> groups = groups_at(dataset, test.rows);
  assessed.scores = evaluate_subgroups(scorer, subgrouping);
  for (size_t s = 0; s < assessed.scores.subgroups.size(); ++s) {
    std::optional<EvaluationEstimates>& estimates = assessed.estimates.emplace_back();
    if (!assessed.scores.subgroups[s].evaluation) continue;
    std::vector<int32_t> places;
    std::vector<int32_t> own_groups;
    for (size_t i = 0; i < test.rows.size(); ++i) {
      if (subgrouping.of_row[i] != static_cast<int32_t>(s)) continue;
      places.push_back(static_cast<int32_t>(i));
      own_groups.push_back(groups[i]);
    }
    const Predictions own{rows_at(test.predictions.probabilities, places),
                          labels_at(test.predictions.label, places)};
    estimates = estimate_evaluation({&own, 1}, own_groups, {.threads = threads}, dataset.order);
  }
  return assessed;
}

GroupScores assess_groups(const Dataset& dataset, const ScoredRows& test, Pooling pooling,
                          int threads) {
  const GroupPredictions pooled =
      pool_groups(test.predictions, groups_at(dataset, test.rows), dataset.groups.names, pooling);
  return {pooling, evaluate(pooled.predictions, dataset.order),
          estimate_evaluation({&pooled.predictions, 1}, pooled.group, {.threads = threads},
                              dataset.order)};
}

void check_wish(const Dataset& dataset, const Split& split, const char* name,
                const std::optional<double>& wished) {
  if (!wished) return;
  if (!(*wished > 0 && *wished <= 1)) {
    fail("--{} {}: give a share above 0 and at most 1, such as 0.95", name, *wished);
  }
  const bool by_folds = !split.inner.empty();  // every training row chooses
  const std::vector<int32_t> choosing =
      labels_at(dataset.labels.of_row, by_folds ? split.train : split.validation);
  for (int32_t k = 0; k < dataset.classes(); ++k) {
    if (std::ranges::count(choosing, k) > 0) continue;
    fail("--{}: class '{}' has no validation rows to choose a threshold on; use --choose folds",
         name, dataset.labels.names[static_cast<size_t>(k)]);
  }
}

}  // namespace

void check_assessment(const Dataset& dataset, const Split& split, const AssessmentPlan& plan,
                      const Wishes& wishes) {
  for (const std::string& name : plan.subgroups) {
    if (std::ranges::count(plan.subgroups, name) > 1) {
      fail("--subgroups names the column '{}' twice", name);
    }
    subgrouping_of(dataset, split.test, rule_for(dataset, name, split.train));
  }
  check_wish(dataset, split, "sensitivity", wishes.sensitivity);
  check_wish(dataset, split, "specificity", wishes.specificity);
  if (!plan.per_group) return;
  if (!dataset.options.group) fail("--unit group: there are no groups; give --group COLUMN");
  check_one_label(labels_at(dataset.labels.of_row, split.test), groups_at(dataset, split.test),
                  dataset.groups.names);
}

Fitted fit_assessment(const Dataset& dataset, const Split& split, const Predictions& chosen_on,
                      const AssessmentPlan& plan, const Wishes& wishes) {
  Fitted fitted;
  for (const std::string& name : plan.subgroups) {
    fitted.subgroups.push_back(rule_for(dataset, name, split.train));
  }
  fitted.temperature = fit_temperature(chosen_on);
  // In a question of two classes the second is the positive one; else each in turn is.
  const auto classes = static_cast<int32_t>(chosen_on.probabilities.cols());
  const auto add = [&](Wish wish, double wished) {
    for (int32_t k = classes == 2 ? 1 : 0; k < classes; ++k) {
      fitted.thresholds.push_back({k, wish, wished, choose_threshold(chosen_on, k, wish, wished)});
    }
  };
  if (wishes.sensitivity) add(Wish::sensitivity, *wishes.sensitivity);
  if (wishes.specificity) add(Wish::specificity, *wishes.specificity);
  return fitted;
}

Assessment assess(const Dataset& dataset, const ScoredRows& test, const Fitted& fitted,
                  const AssessmentPlan& plan) {
  Assessment assessment;
  assessment.calibration = calibration_of(test.predictions);
  assessment.temperature = fitted.temperature;
  if (fitted.temperature) {
    assessment.tempered = calibration_of(with_temperature(test.predictions, *fitted.temperature));
  }
  for (const ChosenThreshold& one : fitted.thresholds) {
    AssessedThreshold& assessed = assessment.thresholds.emplace_back(AssessedThreshold{one, {}});
    if (!one.chosen) continue;
    assessed.test = at_threshold(test.predictions, one.positive_class, one.chosen->threshold);
  }
  const Scorer scorer(test.predictions, dataset.order);
  for (const std::string& name : plan.subgroups) {
    assessment.subgroups.push_back(
        assess_subgroups(dataset, test, scorer, fitted, name, plan.threads));
  }
  if (plan.per_group) {
    assessment.per_group = assess_groups(dataset, test, *plan.per_group, plan.threads);
  }
  return assessment;
}

}  // namespace puente
