#include "cli/audit_options.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <functional>

#include "base/error.h"
#include "report/embed_report.h"
#include "report/embedded_facts.h"

namespace puente::cli {
namespace {

std::optional<Prompt> prompt_of(const AuditOptions& o, const std::vector<Json>& reports,
                                const Dataset& dataset) {
  return o.prompt.empty() ? prompt_in(reports, dataset.table) : Prompt(o.prompt);
}

/// What the audit reads besides the tables; once, however many labels there are.
struct AuditFiles {
  std::vector<Json> reports;
  EmbeddedFacts embedded;
  FieldFacts facts;
};

AuditFiles read_audit_files(const AuditOptions& o, const std::vector<std::string>& tables) {
  AuditFiles files;
  files.reports = embed_reports(tables);
  files.embedded = read_embedded_facts(tables, files.reports);
  if (!o.facts.empty()) files.facts = read_field_facts(o.facts);
  return files;
}

std::vector<Finding> audit_with(const AuditFiles& files, const AuditOptions& o,
                                const Dataset& dataset, const std::optional<Split>& split,
                                int threads, Progress& progress) {
  AuditInput input = audit_input_of(dataset);
  if (const std::optional<Prompt> prompt = prompt_of(o, files.reports, dataset)) {
    add_prompt(input, *prompt, dataset.table.source);
  }
  input.facts = files.facts;
  input.sites = o.sites;
  add_embedded_facts(input, files.embedded);
  input.try_halves = o.try_halves;
  input.tabular = o.tabular;
  input.split = split;
  input.threads = threads;
  return audit(input, progress);
}

/// Of two labels. The rows may differ, where one of the labels is not known.
bool is_same(const Finding& a, const Finding& b) {
  return a.severity == b.severity && a.check == b.check && a.message == b.message;
}

}  // namespace

void add_audit_options(CLI::App& command, AuditOptions& o) {
  command
      .add_option("--prompt", o.prompt,
                  "How the texts were made; else what the report beside the table says")
      ->type_name("TEXT");
  add_audit_facts(command, o);
}

void add_audit_facts(CLI::App& command, AuditOptions& o) {
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
  return audit_with(read_audit_files(o, tables), o, dataset, split, threads, progress);
}

std::vector<Finding> run_audit(const AuditOptions& o, const std::vector<std::string>& tables,
                               const MultiLabelDataset& dataset, const std::optional<Split>& split,
                               int threads, Progress& progress) {
  struct Said {
    Finding finding;
    std::vector<std::string> labels;
  };
  const AuditFiles files = read_audit_files(o, tables);
  std::vector<Said> all;
  Silent silent;
  progress.begin("looking for leaks", "labels", dataset.labels.count());
  for (int64_t l = 0; l < dataset.labels.count(); ++l) {
    const OneLabel one = one_label(dataset, l, Vectors::all);
    std::optional<Split> own;
    if (split) own = one.split(*split);
    for (Finding& finding : audit_with(files, o, one.dataset, own, threads, silent)) {
      const auto same = std::ranges::find_if(
          all, [&](const Said& said) { return is_same(said.finding, finding); });
      Said& said = same == all.end() ? all.emplace_back(Said{std::move(finding), {}}) : *same;
      said.labels.push_back(one.dataset.options.label);
    }
    progress.advance(1);
  }
  progress.end();
  std::vector<Finding> findings;
  for (Said& said : all) {
    if (static_cast<int64_t>(said.labels.size()) < dataset.labels.count()) {
      said.finding.message = fmt::format("label{} {}: {}", said.labels.size() == 1 ? "" : "s",
                                         fmt::join(said.labels, ", "), said.finding.message);
    }
    findings.push_back(std::move(said.finding));
  }
  std::ranges::stable_sort(findings, std::ranges::greater(), &Finding::severity);
  return findings;
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
