// Groups and texts on both sides of a split, and what a split by row would have done.
#include <algorithm>
#include <cmath>

#include "audit/checks.h"
#include "base/error.h"

namespace puente::audit_detail {

std::vector<int32_t> test_rows_shared(const Split& split, const Categories& values) {
  std::vector<bool> seen(values.names.size());
  for (const auto* part : {&split.train, &split.validation}) {
    for (int32_t row : *part) {
      seen[static_cast<size_t>(values.of_row[static_cast<size_t>(row)])] = true;
    }
  }
  std::vector<int32_t> rows;
  for (int32_t row : split.test) {
    if (seen[static_cast<size_t>(values.of_row[static_cast<size_t>(row)])]) rows.push_back(row);
  }
  return rows;
}

void check_shared_groups(const AuditInput& input, Findings& findings) {
  if (!input.split || input.split->test.empty()) return;
  const auto tests = static_cast<double>(input.split->test.size());
  if (const auto rows = test_rows_shared(*input.split, input.groups); !rows.empty()) {
    const double share = static_cast<double>(rows.size()) / tests;
    findings.push_back(make_finding(
        input, Severity::error, "shared-group", share,
        fmt::format("{} of the test rows share their '{}' with a training or validation row",
                    percent(share), input.group),
        "split by group", rows));
  }
  if (input.texts.empty()) return;
  const Categories texts = distinct(input.texts);
  const auto rows = test_rows_shared(*input.split, texts);
  if (rows.empty()) return;
  const double share = static_cast<double>(rows.size()) / tests;
  // Of a template most texts occur more than once; where most are unique, a second one is a sign.
  const bool mostly_unique = texts.names.size() * 2 > texts.of_row.size();
  findings.push_back(make_finding(
      input, mostly_unique ? Severity::warning : Severity::note, "shared-text", share,
      fmt::format("{} of the test rows have the text of a training or validation row ({} in {})",
                  percent(share),
                  counted(static_cast<int64_t>(texts.names.size()), "different text"),
                  counted(static_cast<int64_t>(texts.of_row.size()), "row")),
      mostly_unique ? "see whether these are the same records, and group them"
                    : "nothing: texts of a template repeat",
      rows));
}

double shared_by_row_split(const std::vector<int64_t>& group_sizes, int64_t test_rows) {
  int64_t all = 0;
  for (int64_t size : group_sizes) all += size;
  if (all == 0) return std::nan("");
  double alone = 0;
  for (int64_t size : group_sizes) {
    double none_in_training = 1;  // given that one of its rows is drawn for testing
    for (int64_t j = 1; j < size; ++j) {
      none_in_training *=
          static_cast<double>(std::max<int64_t>(test_rows - j, 0)) / static_cast<double>(all - j);
    }
    alone += static_cast<double>(size) * none_in_training;
  }
  return 1 - alone / static_cast<double>(all);
}

void check_row_split(const AuditInput& input, Findings& findings) {
  const std::vector<int64_t> sizes = input.groups.sizes();
  const auto rows = static_cast<int64_t>(input.groups.of_row.size());
  const double share =
      shared_by_row_split(sizes, std::llround(kRowSplitTestShare * static_cast<double>(rows)));
  if (!(share > 0)) return;
  std::vector<int32_t> with_relatives;
  for (size_t row = 0; row < input.groups.of_row.size(); ++row) {
    if (sizes[static_cast<size_t>(input.groups.of_row[row])] > 1) {
      with_relatives.push_back(static_cast<int32_t>(row));
    }
  }
  findings.push_back(make_finding(
      input, Severity::note, "row-split", share,
      fmt::format("in a random split by row about {} of the test rows would share their '{}' with "
                  "a training row",
                  percent(share), input.group),
      "keep to splits by group, and distrust published figures that do not", with_relatives));
}

}  // namespace puente::audit_detail
