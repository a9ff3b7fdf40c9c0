// Assessment: what test predictions are worth beyond their scores. Whatever is fitted (temperature,
// thresholds) is fitted on the rows that chose the epoch, and looked at on the test rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/calibration.h"
#include "eval/evaluation_estimates.h"
#include "eval/group_unit.h"
#include "eval/operating_point.h"
#include "eval/subgroups.h"
#include "experiment/dataset.h"

namespace puente {

struct AssessmentPlan {
  std::vector<std::string> subgroups;  // columns
  std::optional<double> sensitivity;   // wished, for an operating point
  std::optional<double> specificity;
  bool per_group = false;  // one answer per group as well
  int threads = 1;
};

/// Predictions and the rows of the dataset that they are of.
struct ScoredRows {
  std::vector<int32_t> rows;
  Predictions predictions;
};

/// The threshold for one wish and one class, and what it gives on the test rows.
struct AssessedThreshold {
  int32_t positive_class = 0;
  Wish wish = Wish::sensitivity;
  double wished = 0;
  std::optional<OperatingPoint> chosen;  // nothing: no threshold reaches the wish
  std::optional<ThresholdOutcome> test;  // with it
};

struct AssessedSubgroups {
  SubgroupEvaluation scores;
  std::vector<std::optional<EvaluationEstimates>> estimates;  // of each that has scores
};

struct GroupScores {
  Evaluation scores;
  EvaluationEstimates estimates;
};

struct Assessment {
  Calibration calibration;
  std::optional<double> temperature;    // nothing where none is best
  std::optional<Calibration> tempered;  // with it
  std::vector<AssessedThreshold> thresholds;
  std::vector<AssessedSubgroups> subgroups;
  std::optional<GroupScores> per_group;  // mean of the probabilities over a group's rows
};

/// `chosen_on`: the rows that chose the epoch. UserError for a column that is not there or has no
/// values, and for a group whose rows have different labels (per_group).
Assessment assess(const Dataset& dataset, const ScoredRows& test, const Predictions& chosen_on,
                  const AssessmentPlan& plan);

}  // namespace puente
