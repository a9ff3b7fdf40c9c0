#include "cli/training_options.h"

#include <filesystem>

#include "base/error.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

DatasetOptions options_of(const TrainingOptions& o) {
  DatasetOptions options = dataset_options(o.label, o.group);
  options.min_groups = o.min_groups;
  options.ordinal = o.ordinal;
  return options;
}

template <class AnyDataset>
std::vector<Finding> findings_before(const TrainingOptions& o, const AnyDataset& dataset,
                                     const std::optional<Split>& split) {
  Silent silent;  // it takes a second where a training takes many
  std::vector<Finding> findings =
      run_audit(o.audit, o.tables, dataset, split, o.common.thread_count(), silent);
  const bool paper = ProtocolOptions::parse(o.protocol).kind == Protocol::paper;
  if (!o.despite_leaks && !paper) stop_at_errors(findings);
  return findings;
}

}  // namespace

CLI::Option* add_table_options(CLI::App& command, TableOptions& o) {
  command.add_option("--id", o.id, "Column that joins two tables")->type_name("COLUMN");
  return command.add_option("tables", o.tables, "Embedding table; two are joined by --id")
      ->type_name("FILE")
      ->required()
      ->expected(1, 2);
}

void add_training_options(CLI::App& command, TrainingOptions& o) {
  add_table_options(command, o);
  add_question_options(command, o);
  add_audit_options(command, o.audit);
}

void add_question_options(CLI::App& command, TrainingOptions& o) {
  command
      .add_option(
          "--label", o.label,
          "Column that holds the class; train also takes several yes/no columns (itch,grew)")
      ->type_name("COLUMN")
      ->required();
  command
      .add_option("--group", o.group,
                  "Column that says which rows belong together (patient, lesion): a group is "
                  "never in two parts of the split")
      ->type_name("COLUMN");
  command.add_flag("--no-group", o.no_group, "Every row stands alone; said on every output");
  add_ordinal_option(command, o.ordinal);
  command
      .add_option("--min-groups", o.min_groups,
                  "Leave out classes that occur in fewer groups than this")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->type_name("N");
  command
      .add_option("--protocol", o.protocol,
                  "holdout: a fifth of the groups is scored once; kfold:FOLDS[xREPEATS]: every row "
                  "is; time:COLUMN: the latest fifth is; site:COLUMN: each site in turn is; paper: "
                  "as published, optimistic")
      ->type_name("PROTOCOL")
      ->capture_default_str();
  add_choice<Chooser>(command, "--choose", o.chooser,
                      {{"auto", Chooser::automatic},
                       {"validation", Chooser::validation},
                       {"folds", Chooser::folds}},
                      "What chooses the epoch: validation rows, or grouped folds of the training "
                      "rows; auto takes folds where rows are few");
  command.add_option("--split-seed", o.split_seed, "Seed of the split")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--epochs", o.epochs, "Passes over the training rows")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  command.add_flag("--despite-leaks", o.despite_leaks,
                   "Run in spite of errors that the leak audit finds; every output repeats them");
  command.add_option("--out", o.out, "Folder for the results")->type_name("DIR")->required();
  add_common(command, o.common);
}

void add_ordinal_option(CLI::App& command, std::optional<std::vector<std::string>>& ordinal) {
  command
      .add_option_function<std::string>(
          "--ordinal",
          [&ordinal](const std::string& classes) {
            std::error_code too_long;  // for the name of a file
            if (std::filesystem::is_regular_file(classes, too_long)) {
              throw CLI::ValidationError(
                  "--ordinal", "'" + classes + "' is a file, not a class; name the table first");
            }
            ordinal.emplace();
            if (!classes.empty()) ordinal = CLI::detail::split(classes, ',');
          },
          "The classes follow each other: also show quadratically weighted kappa. Names them, "
          "lowest first (none,mild,severe); numbers need no names")
      ->type_name("[CLASSES]")
      ->expected(0, 1);
}

void add_assessment_options(CLI::App& command, AssessmentPlan& plan) {
  command
      .add_option("--subgroups", plan.subgroups,
                  "Columns (sex,age) whose values are scored apart; numbers in quartiles of the "
                  "training rows")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_choice<std::optional<Pooling>>(
      command, "--unit", plan.per_group,
      {{"row", std::nullopt}, {"group", Pooling::mean}, {"group-max", Pooling::max}},
      "group: also one answer per group (patient), the mean over its rows; group-max: the largest");
}

EmbeddingTable read_tables(const TableOptions& o) {
  if (o.tables.size() == 1) {
    if (!o.id.empty()) fail("--id joins two tables, and only one is given");
    return read_table(o.tables[0]);
  }
  if (o.id.empty()) fail("two tables need --id COLUMN to join them");
  return join_tables(read_table(o.tables[0]), read_table(o.tables[1]), o.id);
}

DatasetOptions dataset_options(const std::string& label, const std::string& group) {
  DatasetOptions options;
  options.label = label;
  if (!group.empty()) options.group = group;
  return options;
}

void check_group_options(const std::string& group, bool no_group, std::string_view why) {
  if (group.empty() && !no_group) {
    fail("give --group COLUMN (patient, lesion) {}, or --no-group if every row is its own", why);
  }
  if (!group.empty() && no_group) fail("give --group or --no-group, not both");
}

std::vector<std::string> label_columns(const std::string& label, const EmbeddingTable& table) {
  if (table.find(label) != nullptr) return {label};
  return CLI::detail::split(label, ',');
}

EmbeddingTable read_training_table(const TrainingOptions& o) {
  // The paper's protocol splits by image, whatever the group.
  const Protocol protocol = ProtocolOptions::parse(o.protocol).kind;
  const bool waived = o.no_group || (o.group.empty() && protocol == Protocol::paper);
  check_group_options(o.group, waived);
  return read_tables(o);
}

Dataset one_label_dataset(const TrainingOptions& o, EmbeddingTable table,
                          std::string_view command) {
  if (label_columns(o.label, table).size() > 1) {
    fail("--label {}: puente {} takes one label; `puente train` takes several yes/no columns",
         o.label, command);
  }
  return make_dataset(std::move(table), options_of(o));
}

MultiLabelDataset several_labels_dataset(const TrainingOptions& o, EmbeddingTable table,
                                         const std::vector<std::string>& labels) {
  return make_multi_label_dataset(std::move(table), labels, options_of(o));
}

std::vector<Finding> audit_before(const TrainingOptions& o, const Dataset& dataset,
                                  const std::optional<Split>& split) {
  return findings_before(o, dataset, split);
}

std::vector<Finding> audit_before(const TrainingOptions& o, const MultiLabelDataset& dataset,
                                  const std::optional<Split>& split) {
  return findings_before(o, dataset, split);
}

RunPlan plan_of(const TrainingOptions& o) {
  RunPlan plan;
  plan.protocol = ProtocolOptions::parse(o.protocol);
  plan.protocol.chooser = o.chooser;
  plan.epochs = o.epochs;
  plan.protocol.seed = o.split_seed;
  plan.options.seed = o.seed;
  plan.options.threads = o.common.thread_count();
  return plan;
}

}  // namespace puente::cli
