#include "cli/audit_options.h"

#include <algorithm>

#include "base/error.h"
#include "report/embed_report.h"

namespace puente::cli {
namespace {

std::optional<Prompt> prompt_of(const AuditOptions& o, const std::vector<Json>& reports,
                                const Dataset& dataset) {
  return o.prompt.empty() ? prompt_in(reports, dataset.table) : Prompt(o.prompt);
}

}  // namespace

void add_audit_options(CLI::App& command, AuditOptions& o) {
  command
      .add_option("--prompt", o.prompt,
                  "How the texts were made; else what the report beside the table says")
      ->type_name("TEXT");
  command
      .add_option("--facts", o.facts,
                  "TOML file that says when each field is known: [fields.age] known = \"before\"")
      ->type_name("FILE");
  command
      .add_option("--sites", o.sites, "Columns (hospital,scanner) that a class should not hang on")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
}

std::vector<Finding> run_audit(const AuditOptions& o, const std::vector<std::string>& tables,
                               const Dataset& dataset, const std::optional<Split>& split,
                               int threads, Progress& progress) {
  AuditInput input = audit_input_of(dataset);
  const std::vector<Json> reports = embed_reports(tables);
  if (const std::optional<Prompt> prompt = prompt_of(o, reports, dataset)) {
    add_prompt(input, *prompt, dataset.table.source);
  }
  if (!o.facts.empty()) input.facts = read_field_facts(o.facts);
  input.sites = o.sites;
  for (const Json& report : reports) {
    if (!report.contains("truncated_texts")) continue;
    input.texts_tokenized += report.value("rows", int64_t{0});
    input.texts_truncated += report.value("truncated_texts", int64_t{0});
  }
  input.split = split;
  input.threads = threads;
  return audit(input, progress);
}

void stop_at_errors(const std::vector<Finding>& findings) {
  const auto errors = std::ranges::count(findings, Severity::error, &Finding::severity);
  if (errors == 0) return;
  fail(
      "the audit found {} error{}: {}; `puente inspect --label` shows all and what to do, "
      "--despite-leaks runs all the same and repeats them on every output",
      errors, errors == 1 ? "" : "s, the first", findings.front().message);
}

}  // namespace puente::cli
