// Options that train and sweep share: the table, the label, the groups, the protocol.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "experiment/run.h"
#include "report/run_report.h"

namespace puente::cli {

struct TrainingOptions {
  Common common;
  std::vector<std::string> tables;
  std::string id;
  std::string label;
  std::string group;
  bool no_group = false;
  int64_t min_groups = 0;
  std::string protocol = "holdout";
  Chooser chooser = Chooser::automatic;
  uint64_t seed = 0;
  uint64_t split_seed = 0;
  int epochs = 30;
  std::string out;
};

void add_training_options(CLI::App& command, TrainingOptions& options);

/// UserError unless a group is named or, in so many words, waived.
void check_group_options(const std::string& group, bool no_group);

/// Checks what can be checked before reading, reads and joins the tables.
/// UserError says to name --group or to waive it in so many words.
Dataset read_dataset(const TrainingOptions& options);

RunPlan plan_of(const TrainingOptions& options);

/// One table, or two joined by --id.
EmbeddingTable read_tables(const std::vector<std::string>& tables, const std::string& id);

}  // namespace puente::cli
