// All figures of an Evaluation with their 95 % intervals, from resampling groups (bootstrap.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/metrics.h"

namespace puente {

struct ClassEstimates {
  Estimate precision, recall, f1, auc, average_precision;
};

struct EvaluationEstimates {
  int64_t groups = 0;
  Estimate accuracy, balanced_accuracy, macro_f1, weighted_f1, auc, average_precision;
  std::optional<Estimate> quadratic_kappa;  // of ordinal labels only
  std::vector<ClassEstimates> classes;      // [K]
};

/// Of the mean over `repeats`: predictions of the same rows by repeated trainings (mostly one).
/// group[i]: the group of row i. `order`: of an ordinal label's classes.
EvaluationEstimates estimate_evaluation(std::span<const Predictions> repeats,
                                        std::span<const int32_t> group, const BootstrapPlan& plan,
                                        const std::optional<ClassOrder>& order = std::nullopt);

}  // namespace puente
