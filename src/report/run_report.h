// A finished run as files (metrics.json, curves.json, predictions.csv, splits.csv, run.log,
// model.safetensors)
// and as a table for the terminal; of one label, or of several yes/no labels.
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

Json metrics_json(const MultiLabelDataset& dataset, const Split& split,
                  const MultiLabelRunResult& result, const RunContext& context);
std::string run_text(const MultiLabelDataset& dataset, const Split& split,
                     const MultiLabelRunResult& result, const RunContext& context);
void write_run(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
               const Split& split, const MultiLabelRunResult& result, const Json& metrics);

/// Shared with the other reports: what data, which protocol, what to beware of.
Json data_json(const Dataset& dataset, const ProtocolOptions& protocol, const RunContext& context);
/// The label, its classes and, of an ordinal one, their order.
Json task_json(const Dataset& dataset);
/// "label dx (2 classes)", "label grade (3 classes: none < mild < severe)".
std::string label_text(const std::string& label, const Dataset& dataset);
Json data_json(const MultiLabelDataset& dataset, const ProtocolOptions& protocol,
               const RunContext& context);
/// What the classes are called: of one label, or of each.
const std::vector<std::string>& names_of(const Dataset& dataset);
const LabelSet& names_of(const MultiLabelDataset& dataset);
/// How many rows say what: {"itch": {"False": 5, "True": 3, "unknown": 0}}.
Json answers_json(const LabelSet& labels);
/// How each label says no and yes.
Json labels_json(const LabelSet& labels);
/// "label dx (7 classes)", "labels itch, grew (yes or no each)".
std::string question_text(const Dataset& dataset);
std::string question_text(const MultiLabelDataset& dataset);
/// The tables' files with their hashes, and what is known of their making.
Json tables_json(const RunContext& context);
/// Rows, groups and classes of each part.
Json split_json(const Dataset& dataset, const Split& split);
Json split_json(const MultiLabelDataset& dataset, const Split& split);
/// By what rule the epoch is chosen.
std::string rule_text(const RunPlan& plan, const Split& split);
Json fusion_json(const RunPlan& plan, const FusionShape& shape);
/// A run's log, a line each.
std::string log_text(const std::vector<std::string>& log, const std::string& before);
/// How the models were trained.
Json options_json(const RunPlan& plan);
/// The warnings that go above every table: the waiver of groups, the optimistic protocol, an
/// untrained encoder, classes left out, what the audit found worse than notes. Empty when there is
/// nothing to say.
std::string cautions_text(const GroupedTable& dataset, const ProtocolOptions& protocol,
                          const RunContext& context);
/// And how many rows do not know which label.
std::string cautions_text(const MultiLabelDataset& dataset, const ProtocolOptions& protocol,
                          const RunContext& context);
std::string split_text(const GroupedTable& dataset, const Split& split);

}  // namespace puente
