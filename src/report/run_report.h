// A finished run as files (metrics.json, predictions.csv, splits.csv, run.log, model.safetensors)
// and as a table for the terminal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "puente/finding.h"

#include "experiment/run.h"
#include "formats/json.h"

namespace puente {

/// What the door knows and the run does not.
struct RunContext {
  std::vector<std::string> tables;  // as the user named them
  double total_seconds = 0;
  std::vector<Finding> findings = {};  // of the leak audit
};

Json metrics_json(const Dataset& dataset, const Split& split, const RunResult& result,
                  const RunContext& context);
std::string run_text(const Dataset& dataset, const Split& split, const RunResult& result,
                     const RunContext& context);
/// Into an existing folder.
void write_run(const std::filesystem::path& folder, const Dataset& dataset, const Split& split,
               const RunResult& result, const Json& metrics);

/// Shared with the other reports: what data, which protocol, what to beware of.
Json data_json(const Dataset& dataset, const ProtocolOptions& protocol, const RunContext& context);
/// The label, its classes and, of an ordinal one, their order.
Json task_json(const Dataset& dataset);
/// "label dx (2 classes)", "label grade (3 classes: none < mild < severe)".
std::string label_text(const std::string& label, const Dataset& dataset);
/// The tables' files with their hashes, and what is known of their making.
Json tables_json(const RunContext& context);
/// Rows, groups and classes of each part.
Json split_json(const Dataset& dataset, const Split& split);
/// By what rule the epoch is chosen.
std::string rule_text(const RunPlan& plan, const Split& split);
Json fusion_json(const RunPlan& plan, const FusionShape& shape);
/// RunResult::log, a line each.
std::string log_text(const RunResult& result, const std::string& before);
/// How the models were trained.
Json options_json(const RunPlan& plan);
/// The warnings that go above every table: the waiver of groups, the optimistic protocol, an
/// untrained encoder, classes left out, what the audit found worse than notes. Empty when there is
/// nothing to say.
std::string cautions_text(const Dataset& dataset, const ProtocolOptions& protocol,
                          const RunContext& context);
std::string split_text(const Dataset& dataset, const Split& split);

}  // namespace puente
