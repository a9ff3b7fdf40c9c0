// A bundle on other rows, as files (metrics.json, curves.json, predictions.csv) and as tables for
// the terminal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bundle/evaluate.h"
#include "bundle/evaluate_labels.h"
#include "formats/json.h"
#include "report/run_report.h"

namespace puente {

/// What the door knows and the evaluation does not.
struct EvaluateContext {
  std::filesystem::path bundle;              // its folder
  RunContext run;                            // the tables, the time
  std::vector<std::string> vector_cautions;  // as check_vectors() gave them
};

Json evaluate_json(const Bundle& bundle, const Dataset& dataset, const BundleEvaluation& evaluation,
                   const EvaluateContext& context);
std::string evaluate_text(const Bundle& bundle, const Dataset& dataset,
                          const BundleEvaluation& evaluation, const EvaluateContext& context);
/// Into an existing folder.
void write_evaluation(const std::filesystem::path& folder, const Dataset& dataset,
                      const BundleEvaluation& evaluation, const Json& metrics);

/// The same for several labels.
Json evaluate_json(const std::vector<Bundle>& bundles, const MultiLabelDataset& dataset,
                   const LabelsEvaluation& evaluation, const EvaluateContext& context);
std::string evaluate_text(const std::vector<Bundle>& bundles, const MultiLabelDataset& dataset,
                          const LabelsEvaluation& evaluation, const EvaluateContext& context);
void write_evaluation(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                      const LabelsEvaluation& evaluation, const Json& metrics);

}  // namespace puente
