// A finished cross-validation as files (metrics.json, predictions.csv, run.log) and as a table
// for the terminal.
#pragma once

#include <filesystem>
#include <string>

#include "experiment/cross_validation.h"
#include "formats/json.h"
#include "report/run_report.h"

namespace puente {

Json cross_validation_json(const Dataset& dataset, const RunPlan& plan, const CrossValidation& all,
                           const RunContext& context);
std::string cross_validation_text(const Dataset& dataset, const RunPlan& plan,
                                  const CrossValidation& all, const RunContext& context);
/// Into an existing folder.
void write_cross_validation(const std::filesystem::path& folder, const Dataset& dataset,
                            const CrossValidation& all, const Json& metrics);

/// The same for several labels.
Json cross_validation_json(const MultiLabelDataset& dataset, const RunPlan& plan,
                           const MultiLabelCrossValidation& all, const RunContext& context);
std::string cross_validation_text(const MultiLabelDataset& dataset, const RunPlan& plan,
                                  const MultiLabelCrossValidation& all, const RunContext& context);
void write_cross_validation(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                            const MultiLabelCrossValidation& all, const Json& metrics);

}  // namespace puente
