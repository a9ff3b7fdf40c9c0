#include "audit/audit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "audit/checks.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "data/manifest.h"
#include "data/split.h"

namespace puente {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

AuditInput audit_input_of(const Dataset& dataset) {
  AuditInput input;
  input.columns = dataset.table.columns;
  input.label = dataset.options.label;
  input.group = dataset.options.group.value_or("");
  input.labels = dataset.labels;
  input.groups = dataset.groups;
  input.table_row = dataset.table_row;
  if (dataset.table.has_image()) input.image = &dataset.table.image;
  if (dataset.table.has_text()) input.text = &dataset.table.text;
  return input;
}

void add_prompt(AuditInput& input, const Prompt& prompt, std::string_view source) {
  std::vector<const Column*> columns;
  for (const std::string& name : prompt.columns()) {
    columns.push_back(&require_column(input.columns, name, "--prompt", source));
  }
  input.fields = prompt.columns();
  input.texts.clear();
  std::vector<std::string_view> values(columns.size());
  for (size_t row = 0; row < input.table_row.size(); ++row) {
    for (size_t i = 0; i < columns.size(); ++i) values[i] = columns[i]->values[row];
    // The line a record would stand on, had no field of the table a line break in it.
    input.texts.push_back(prompt.render(values, input.table_row[row] + 2, source));
  }
}

namespace audit_detail {

Finding make_finding(const AuditInput& input, Severity severity, std::string check, double figure,
                     std::string message, std::string advice, std::vector<int32_t> rows) {
  std::sort(rows.begin(), rows.end());
  Finding finding;
  finding.severity = severity;
  finding.check = std::move(check);
  finding.message = std::move(message);
  finding.advice = std::move(advice);
  finding.row_count = static_cast<int64_t>(rows.size());
  finding.figure = figure;
  for (size_t i = 0; i < std::min<size_t>(rows.size(), kShownRows); ++i) {
    finding.rows.push_back(input.table_row[static_cast<size_t>(rows[i])] + 1);
  }
  return finding;
}

std::vector<int32_t> all_rows(const AuditInput& input) {
  return first_numbers(input.labels.of_row.size());
}

const Column& column_of(const AuditInput& input, const std::string& name, std::string_view what) {
  const auto found = std::find_if(input.columns.begin(), input.columns.end(),
                                  [&](const Column& column) { return column.name == name; });
  if (found == input.columns.end()) {
    fail("the {} '{}' is not a column of the table; correct its name", what, name);
  }
  return *found;
}

Categories distinct(const std::vector<std::string>& texts) {
  Categories result;
  std::unordered_map<std::string_view, int32_t> number;
  for (const std::string& text : texts) {
    const auto [place, is_new] =
        number.try_emplace(text, static_cast<int32_t>(result.names.size()));
    if (is_new) result.names.push_back(text);
    result.of_row.push_back(place->second);
  }
  return result;
}

std::string percent(double share) {
  const double rounded = std::round(share * 1000) / 10;
  if (rounded == 0 && share > 0) return "under 0.1 %";
  if (rounded == 100 && share < 1) return "over 99.9 %";
  return fmt::format("{:.1f} %", rounded);
}

std::string listed(const std::vector<std::string>& names, size_t shown) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < shown; ++i) {
    const bool last = i + 1 == names.size();
    if (i > 0) text += last ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string counted(int64_t count, std::string_view one) {
  std::string digits = std::to_string(count);
  for (int64_t place = static_cast<int64_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<size_t>(place), ",");
  }
  return fmt::format("{} {}{}", digits, one, count == 1 ? "" : "s");
}

}  // namespace audit_detail

std::vector<Finding> audit(const AuditInput& input, Progress& progress) {
  using namespace audit_detail;
  const size_t rows = input.labels.of_row.size();
  PUENTE_ASSERT(input.groups.of_row.size() == rows && input.table_row.size() == rows);
  PUENTE_ASSERT(input.texts.empty() || input.texts.size() == rows);
  for (const Matrix* vectors : {input.image, input.text}) {
    PUENTE_ASSERT(vectors == nullptr || vectors->rows() == static_cast<int64_t>(rows));
  }
  PUENTE_ASSERT(input.pictures.empty() || input.pictures.size() == rows);
  for (const Column& column : input.columns) PUENTE_ASSERT(column.values.size() == rows);

  using Check = void (*)(const AuditInput&, Findings&);
  constexpr std::array<Check, 14> kChecks = {
      check_label_in_text, check_field_values, check_prompt_lookup, check_prediction_time,
      check_shared_groups, check_equal_images, check_near_images,   check_stretch,
      check_row_split,     check_constant,     check_sites,         check_image_sizes,
      check_halves,        check_truncation};
  Findings findings;
  progress.begin("looking for leaks", "checks", kChecks.size());
  for (const Check check : kChecks) {
    check_interrupt();
    if (rows > 0) check(input, findings);
    progress.advance(1);
  }
  progress.end();
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return findings;
}

}  // namespace puente
