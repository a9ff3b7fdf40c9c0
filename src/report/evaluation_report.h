// An evaluation and its intervals, as JSON and as lines for the terminal; of one label, or of
// several yes/no labels.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/label_set.h"
#include "eval/evaluation_estimates.h"
#include "eval/metrics.h"
#include "eval/multi_label.h"
#include "eval/spread.h"
#include "formats/json.h"
#include "report/text_table.h"

namespace puente {

/// NaN (such as no AUC) becomes null.
Json scores_json(const Evaluation& scores);
Json scores_json(const MultiLabelEvaluation& scores);
Json evaluation_json(const Evaluation& evaluation, const std::vector<std::string>& classes);
Json evaluation_json(const MultiLabelEvaluation& evaluation, const LabelSet& labels);
/// [low, high] of each figure; null where a figure has none. "why_none" where none has.
Json intervals_json(const EvaluationEstimates& estimates, const std::vector<std::string>& classes);
Json intervals_json(const MultiLabelEstimates& estimates, const LabelSet& labels);

/// [low, high], or null.
Json interval_json(const Estimate& estimate);
/// A table: precision, recall and F1 of each class.
std::string per_class_text(const Evaluation& evaluation, const std::vector<std::string>& classes);
/// A table with a line for each label; the intervals of its AUC where there are `estimates`.
std::string per_label_text(const MultiLabelEvaluation& evaluation,
                           const std::optional<MultiLabelEstimates>& estimates,
                           const LabelSet& labels);
/// "0.5241 to 0.5847", or "-".
std::string interval_text(const Estimate& estimate);
/// "0.8123 ± 0.0041", or without what one value does not have.
std::string spread_text(const Spread& spread);
/// The cells of a table's main figures after those of `before`: accuracy, macro F1, AUC and, of an
/// ordinal label, kappa.
std::vector<std::string> figure_names(std::vector<std::string> before, bool ordinal);
std::vector<std::string> figure_cells(std::vector<std::string> before, const Evaluation& scores);
std::vector<std::string> figure_cells(std::vector<std::string> before,
                                      const MultiLabelEvaluation& scores);
std::vector<std::string> interval_cells(std::vector<std::string> before,
                                        const EvaluationEstimates& estimates);
std::vector<std::string> interval_cells(std::vector<std::string> before,
                                        const MultiLabelEstimates& estimates);
/// Empty, or a line that says why there are no intervals.
std::string why_no_intervals(const EvaluationEstimates& estimates);
std::string why_no_intervals(const MultiLabelEstimates& estimates);

}  // namespace puente
