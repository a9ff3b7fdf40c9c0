// Options that commands on tables share: the table, the label, the groups, the protocol.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/audit_options.h"
#include "cli/command.h"
#include "experiment/assessment.h"
#include "experiment/run.h"
#include "report/run_report.h"

namespace puente::cli {

/// One table, or two joined by a column.
struct TableOptions {
  std::vector<std::string> tables;
  std::string id;
};

struct TrainingOptions : TableOptions {
  Common common;
  std::string label;
  std::string group;
  bool no_group = false;
  std::optional<std::vector<std::string>> ordinal;
  int64_t min_groups = 0;
  std::string protocol = "holdout";
  Chooser chooser = Chooser::automatic;
  uint64_t seed = 0;
  uint64_t split_seed = 0;
  int epochs = 30;
  AuditOptions audit;
  bool despite_leaks = false;
  std::string keep_cases;  // column that names the training cases in the bundle; empty: none
  std::string out;
};

/// Returns the option of the tables, which is required.
CLI::Option* add_table_options(CLI::App& command, TableOptions& options);
EmbeddingTable read_tables(const TableOptions& options);

/// The columns that --label names: one, or several with commas between them. A column whose own
/// name has a comma is one.
std::vector<std::string> label_columns(const std::string& label, const EmbeddingTable& table);

/// Of --label and --group, of which the group may be empty.
DatasetOptions dataset_options(const std::string& label, const std::string& group);

void add_training_options(CLI::App& command, TrainingOptions& options);
/// The same without the tables: for a command that makes them.
void add_question_options(CLI::App& command, TrainingOptions& options);

/// --ordinal: the classes, lowest first; empty where it names none.
void add_ordinal_option(CLI::App& command, std::optional<std::vector<std::string>>& ordinal);

/// --subgroups, --unit.
void add_assessment_options(CLI::App& command, AssessmentPlan& plan);

/// UserError unless a group is named or, in so many words, waived. `why`: what groups are for here.
void check_group_options(const std::string& group, bool no_group,
                         std::string_view why = "so that no group is in training and test");

/// Checks what can be checked before reading, reads and joins the tables.
/// UserError says to name --group or to waive it in so many words.
EmbeddingTable read_training_table(const TrainingOptions& options);
/// The table's question. UserError for several labels: `command` takes one.
Dataset one_label_dataset(const TrainingOptions& options, EmbeddingTable table,
                          std::string_view command);
/// Of several labels.
MultiLabelDataset several_labels_dataset(const TrainingOptions& options, EmbeddingTable table,
                                         const std::vector<std::string>& labels);

RunPlan plan_of(const TrainingOptions& options);

/// What the leak audit has to say before a run on this split (nothing: on several). UserError where
/// it finds errors, unless they were allowed or the protocol is the paper's.
std::vector<Finding> audit_before(const TrainingOptions& options, const Dataset& dataset,
                                  const std::optional<Split>& split);
std::vector<Finding> audit_before(const TrainingOptions& options, const MultiLabelDataset& dataset,
                                  const std::optional<Split>& split);

}  // namespace puente::cli
