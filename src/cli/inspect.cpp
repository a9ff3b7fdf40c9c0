// puente inspect: what an embedding table holds and how far its modalities are apart.
#include <memory>
#include <optional>
#include <vector>

#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "report/audit_report.h"
#include "report/embed_report.h"
#include "report/table_report.h"

namespace puente::cli {
namespace {

struct Options {
  Common common;
  std::vector<std::string> tables;
  std::string id;
  std::string label;
  std::string group;
  AuditOptions audit;
};

/// The leak audit, where a label says what would leak.
std::vector<Finding> audit_table(const Options& o, const EmbeddingTable& table) {
  DatasetOptions options;
  options.label = o.label;
  if (!o.group.empty()) options.group = o.group;
  ProgressBar progress(o.common.quiet);
  return run_audit(o.audit, o.tables, make_dataset(table, options), std::nullopt,
                   o.common.thread_count(), progress);
}

void run_inspect(const Options& o) {
  const EmbeddingTable table = read_tables(o.tables, o.id);
  Json json = table_json(table, o.label, o.group);
  std::vector<Finding> findings;
  if (!o.label.empty()) {
    findings = audit_table(o, table);
    json["audit"] = findings_json(findings);
  }
  if (o.common.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (!o.common.quiet) {
    if (from_untrained_encoder(o.tables)) fmt::print("{}\n", kUntrainedCaution);
    fmt::print("{}", table_text(json));
    if (!o.label.empty()) fmt::print("\n{}", findings_text(findings, Severity::note));
  }
}

}  // namespace

void add_inspect(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Show what a table holds and how far its two modalities are apart");
  command->add_option("tables", o->tables, "Embedding table; two are joined by --id")
      ->type_name("FILE")
      ->required()
      ->expected(1, 2);
  command->add_option("--id", o->id, "Column that joins two tables")->type_name("COLUMN");
  command
      ->add_option("--label", o->label, "Column of classes: counts them, and asks the leak audit")
      ->type_name("COLUMN");
  command->add_option("--group", o->group, "Column of groups to count")->type_name("COLUMN");
  add_audit_options(*command, o->audit);
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_inspect(*o); }; });
}

}  // namespace puente::cli
