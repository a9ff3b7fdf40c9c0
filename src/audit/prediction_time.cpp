// Fields that nobody has when the model is asked, by what is declared of them.
#include <algorithm>

#include "audit/checks.h"
#include "base/error.h"

namespace puente::audit_detail {
namespace {

void check_declared(const AuditInput& input, Findings& findings) {
  std::vector<std::string> forbidden, shown;
  for (const std::string& field : input.fields) {
    const FieldFact fact = input.facts.of(field);
    if (!fact.forbidden()) continue;
    forbidden.push_back(field);
    shown.push_back(fmt::format("'{}' ({})", field, name_of(fact.known)));
  }
  if (forbidden.empty()) return;
  findings.push_back(make_finding(
      input, Severity::error, "not-before", static_cast<double>(forbidden.size()),
      fmt::format("the model is given {} that nobody has when it is asked: {}",
                  counted(static_cast<int64_t>(forbidden.size()), "field"), fmt::join(shown, ", ")),
      fmt::format("take {} out of the prompt, or declare allowed = true and say why",
                  listed(forbidden)),
      all_rows(input)));
}

void check_undeclared(const AuditInput& input, Findings& findings) {
  std::vector<std::string> undeclared;
  for (const std::string& field : input.fields) {
    if (field == input.label) continue;
    if (input.facts.of(field).known == Known::undeclared) undeclared.push_back(field);
  }
  if (undeclared.empty()) return;
  const size_t count = undeclared.size();
  findings.push_back(make_finding(
      input, Severity::warning, "undeclared-fields", static_cast<double>(count),
      fmt::format("nobody has said when {} {} known: {}",
                  counted(static_cast<int64_t>(count), "field"), count == 1 ? "is" : "are",
                  listed(undeclared, count)),
      fmt::format("declare [fields.{}] known = \"before\", \"same-reading\" or \"after\"{}",
                  undeclared.front(), count == 1 ? "" : ", and so on"),
      all_rows(input)));
}

void check_unused(const AuditInput& input, Findings& findings) {
  std::vector<std::string> unused;
  for (const auto& [name, fact] : input.facts.fields) {
    if (std::none_of(input.columns.begin(), input.columns.end(),
                     [&, &field = name](const Column& column) { return column.name == field; })) {
      unused.push_back(name);
    }
  }
  for (const auto& [name, synonyms] : input.facts.synonyms) {
    if (std::find(input.labels.names.begin(), input.labels.names.end(), name) ==
        input.labels.names.end()) {
      unused.push_back(name);
    }
  }
  if (unused.empty()) return;
  findings.push_back(make_finding(
      input, Severity::note, "unused-facts", static_cast<double>(unused.size()),
      fmt::format("the table has no such column or class: {}", listed(unused, unused.size())),
      "correct the names in the declarations, if they were meant for this table", {}));
}

}  // namespace

void check_prediction_time(const AuditInput& input, Findings& findings) {
  check_declared(input, findings);
  check_undeclared(input, findings);
  check_unused(input, findings);
}

}  // namespace puente::audit_detail
