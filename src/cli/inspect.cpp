// puente inspect: what an embedding table holds and how far its modalities are apart.
#include <memory>
#include <optional>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/inspect_cone.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "report/audit_report.h"
#include "report/embed_report.h"
#include "report/table_report.h"

namespace puente::cli {
namespace {

struct InspectOptions : TableOptions {
  Common common;
  std::string label;
  std::string group;
  AuditOptions audit;
  double temperature = MeasureOptions().temperature;
  ConeOptions cone;
  std::string out;
};

/// The leak audit, where a label says what would leak.
template <class AnyDataset>
std::vector<Finding> audit_table(const InspectOptions& o, const AnyDataset& dataset) {
  ProgressBar progress(o.common.quiet);
  return run_audit(o.audit, o.tables, dataset, std::nullopt, o.common.thread_count(), progress);
}

TableMeasures measure(const InspectOptions& o, const EmbeddingTable& table) {
  ProgressBar progress(o.common.quiet);
  return measure_table(table, {.temperature = o.temperature, .threads = o.common.thread_count()},
                       progress);
}

/// What does not go together with an encoder's cone.
void run_inspect_cone(InspectOptions o) {
  if (!o.tables.empty()) fail("give a table or --cone ENCODER, not both");
  if (!o.label.empty() || !o.group.empty()) {
    fail("--label and --group are about a table; leave them out with --cone");
  }
  o.cone.input.prompt = o.audit.prompt;
  run_cone(o.cone, o.common, o.out);
}

void run_inspect(const InspectOptions& o) {
  if (!o.cone.encoder.empty()) return run_inspect_cone(o);
  if (o.tables.empty()) fail("give a table, or an encoder with --cone");
  if (!o.cone.input.manifest.empty() || o.cone.input.with_images()) {
    fail("--manifest and --images are about an encoder: give --cone ENCODER");
  }
  EmbeddingTable table = read_tables(o);
  const std::vector<std::string> labels = label_columns(o.label, table);
  const bool several = labels.size() > 1;
  Json json = table_json(table, measure(o, table), several ? "" : o.label, o.group);
  const DatasetOptions options = dataset_options(o.label, o.group);
  std::vector<Finding> findings;
  const bool audited =
      several || (json.contains("classes") && json["classes"].size() > 1);  // else nothing leaks
  if (several) {
    const MultiLabelDataset dataset = make_multi_label_dataset(std::move(table), labels, options);
    json["labels"] = answers_json(dataset.labels);
    findings = audit_table(o, dataset);
  } else if (audited) {
    findings = audit_table(o, make_dataset(std::move(table), options));
  }
  if (audited) json["audit"] = findings_json(findings);
  if (!o.out.empty()) write_file(o.out, json.dump(2) + "\n");
  show(o.common, json, [&] {
    std::string text;
    if (from_untrained_encoder(o.tables)) text += fmt::format("{}\n", kUntrainedCaution);
    text += table_text(json);
    if (audited) text += "\n" + findings_text(findings, Severity::note);
    return text;
  });
}

}  // namespace

void add_inspect(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Show what a table holds and how far its two modalities are apart, or the cone of an "
      "encoder");
  add_table_options(*command, *o)->required(false)->expected(0, 2);
  command
      ->add_option(
          "--label", o->label,
          "Column of classes, or several yes/no columns (itch,grew): counts them, and asks "
          "the leak audit")
      ->type_name("COLUMN");
  command->add_option("--group", o->group, "Column of groups to count")->type_name("COLUMN");
  add_audit_options(*command, o->audit);
  o->audit.try_halves = true;
  command
      ->add_option("--tabular", o->audit.tabular,
                   "Columns (age,sex) that are tried alone, as images and texts are")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--temperature", o->temperature, "Of the CLIP loss; the trained CLIP's is 0.01")
      ->check(CLI::Range(1e-4, 1e4))
      ->type_name("T")
      ->capture_default_str();
  command->add_option("--out", o->out, "Also write what --json prints to this file")
      ->type_name("FILE");
  add_cone_options(*command, o->cone);
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_inspect(*o); }; });
}

}  // namespace puente::cli
