// Rows of a comparison from what its steps have written: metrics.json and predictions.csv of
// `train` and `finetune`, baselines.json.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/comparison.h"
#include "formats/json.h"

namespace puente {

/// Of trainings that differ by their seeds alone, each with its folder: means over them, intervals
/// from resampling the groups of the test rows. UserError where their test rows are not the same.
HonestScores honest_scores(std::span<const std::filesystem::path> folders, int threads);
OptimisticScores optimistic_scores(const Json& metrics);
/// The classifiers of baselines.json but the fusion of both halves, which are rows of their own.
std::vector<ComparedRow> simpler_rows(const Json& baselines, const std::string& approach);

/// Of `train` under the paper's protocol, on tables that took `once_seconds` to make.
ComparedCost embedding_cost(const Json& metrics, double once_seconds);
/// Of `finetune`. `frozen`: its features were computed once; the paper's epoch computes them anew.
ComparedCost raw_cost(const Json& metrics, bool frozen);

}  // namespace puente
