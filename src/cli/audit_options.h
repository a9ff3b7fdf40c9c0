// What inspect, train, sweep and baselines ask of the leak audit.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "cli/command.h"
#include "experiment/multi_label_dataset.h"

namespace puente::cli {

struct AuditOptions {
  std::string prompt;              // else what the report beside the table says
  std::string facts;               // TOML: what is known when
  std::vector<std::string> sites;  // columns
  bool try_halves = false;         // what each half says alone
  std::vector<std::string> tabular;
};

/// --prompt, --facts, --sites.
void add_audit_options(CLI::App& command, AuditOptions& options);
/// --facts, --sites: for a command whose --prompt makes the texts.
void add_audit_facts(CLI::App& command, AuditOptions& options);

/// The audit of a dataset, made from `tables`, and of a split, if there is one.
std::vector<Finding> run_audit(const AuditOptions& options, const std::vector<std::string>& tables,
                               const Dataset& dataset, const std::optional<Split>& split,
                               int threads, Progress& progress);

/// The audit of each label alone. A finding names the labels that it is about, unless it is about
/// all of them.
std::vector<Finding> run_audit(const AuditOptions& options, const std::vector<std::string>& tables,
                               const MultiLabelDataset& dataset, const std::optional<Split>& split,
                               int threads, Progress& progress);

/// UserError that counts the errors among the findings and says what to do.
void stop_at_errors(const std::vector<Finding>& findings);

}  // namespace puente::cli
