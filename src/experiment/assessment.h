// Assessment: what test predictions are worth beyond their scores. Whatever is fitted (temperature,
// thresholds) is fitted on the rows that chose the epoch, the bands of subgroups are cut on the
// training rows, and all of it is looked at on the test rows: those of the split, or, unchanged,
// another hospital's (bundle/evaluate.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/split.h"
#include "eval/calibration.h"
#include "eval/evaluation_estimates.h"
#include "eval/group_unit.h"
#include "eval/operating_point.h"
#include "eval/subgroups.h"
#include "experiment/dataset.h"

namespace puente {

/// For an operating point each.
struct Wishes {
  std::optional<double> sensitivity;
  std::optional<double> specificity;
};

struct AssessmentPlan {
  std::vector<std::string> subgroups = {};  // columns
  std::optional<Pooling> per_group = {};    // one answer per group as well, made so
  int threads = 1;
};

/// Predictions and the rows of the dataset that they are of.
struct ScoredRows {
  std::vector<int32_t> rows;
  Predictions predictions;
};

/// The threshold for one wish and one class.
struct ChosenThreshold {
  int32_t positive_class = 0;
  Wish wish = Wish::sensitivity;
  double wished = 0;
  std::optional<OperatingPoint> chosen;  // nothing: no threshold reaches the wish
};

/// What is fitted on the rows that chose the epoch, and the subgroups as the training rows have
/// them.
struct Fitted {
  std::optional<double> temperature;  // nothing where none is best
  std::vector<ChosenThreshold> thresholds;
  std::vector<SubgroupRule> subgroups;  // of each column of AssessmentPlan::subgroups
};

/// And what the threshold gives on the test rows.
struct AssessedThreshold : ChosenThreshold {
  std::optional<ThresholdOutcome> test;
};

struct AssessedSubgroups {
  SubgroupRule rule;
  bool from_training = true;  // the rule; else of the very rows that are scored
  SubgroupEvaluation scores;
  std::vector<std::optional<EvaluationEstimates>> estimates;  // of each that has scores
};

struct GroupScores {
  Pooling pooling = Pooling::mean;
  Evaluation scores;
  EvaluationEstimates estimates;
};

struct Assessment {
  Calibration calibration;
  std::optional<double> temperature;    // Fitted's
  std::optional<Calibration> tempered;  // with it
  std::vector<AssessedThreshold> thresholds;
  std::vector<AssessedSubgroups> subgroups;
  std::optional<GroupScores> per_group;
};

/// Before anything is trained. UserError for a column of `subgroups` that is not there, is named
/// twice or has no value in a test row; for a wish that is no share above 0, or that a class has no
/// validation rows for; and for per_group without groups, or with a test group of several labels.
void check_assessment(const Dataset& dataset, const Split& split, const AssessmentPlan& plan,
                      const Wishes& wishes);

/// `chosen_on`: the rows that chose the epoch. UserError where a wish is out of range, or a class
/// has none of these rows.
Fitted fit_assessment(const Dataset& dataset, const Split& split, const Predictions& chosen_on,
                      const AssessmentPlan& plan, const Wishes& wishes);

/// Subgroups that `fitted` has no rule for (another hospital's) are cut on the test rows, and say
/// so. UserError for a column that is not there or has no values, a value that is no number where
/// the training rows have bands, and a group whose rows have different labels (per_group).
Assessment assess(const Dataset& dataset, const ScoredRows& test, const Fitted& fitted,
                  const AssessmentPlan& plan);

}  // namespace puente
