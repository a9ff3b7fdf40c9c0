// An evaluation and its intervals, as JSON and as lines for the terminal.
#pragma once

#include <string>
#include <vector>

#include "eval/evaluation_estimates.h"
#include "eval/metrics.h"
#include "formats/json.h"
#include "report/text_table.h"

namespace puente {

/// NaN (such as no AUC) becomes null.
Json scores_json(const Evaluation& scores);
Json evaluation_json(const Evaluation& evaluation, const std::vector<std::string>& classes);
/// [low, high] of each figure; null where a figure has none. "why_none" where none has.
Json intervals_json(const EvaluationEstimates& estimates, const std::vector<std::string>& classes);

/// "0.5241 to 0.5847", or "-".
std::string interval_text(const Estimate& estimate);
/// Empty, or a line that says why there are no intervals.
std::string why_no_intervals(const EvaluationEstimates& estimates);

}  // namespace puente
