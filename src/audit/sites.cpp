// Classes that come from one place or one machine: a model may learn the place.
#include <algorithm>
#include <cmath>

#include "audit/checks.h"
#include "audit/group_permutation.h"
#include "base/error.h"

namespace puente::audit_detail {
namespace {

constexpr double kStrong = 0.3;

std::vector<double> table_of(const Categories& values, const std::vector<int32_t>& labels,
                             size_t classes) {
  std::vector<double> table(values.names.size() * classes);
  for (size_t row = 0; row < labels.size(); ++row) {
    ++table[static_cast<size_t>(values.of_row[row]) * classes + static_cast<size_t>(labels[row])];
  }
  return table;
}

/// Row and column sums of a table.
struct Sums {
  std::vector<double> value, label;
};

Sums sums_of(const std::vector<double>& table, size_t classes) {
  Sums sums{std::vector<double>(table.size() / classes), std::vector<double>(classes)};
  for (size_t i = 0; i < table.size(); ++i) {
    sums.value[i / classes] += table[i];
    sums.label[i % classes] += table[i];
  }
  return sums;
}

}  // namespace

double cramers_v(const Categories& values, const std::vector<int32_t>& labels, int32_t classes) {
  const auto k = static_cast<size_t>(classes);
  const auto rows = static_cast<double>(labels.size());
  const std::vector<double> table = table_of(values, labels, k);
  const Sums sums = sums_of(table, k);
  const auto is_used = [](double sum) { return sum > 0; };
  const auto side = std::min(std::count_if(sums.value.begin(), sums.value.end(), is_used),
                             std::count_if(sums.label.begin(), sums.label.end(), is_used));
  if (side < 2) return std::nan("");
  double chi_squared = 0;
  for (size_t i = 0; i < table.size(); ++i) {
    const double expected = sums.value[i / k] * sums.label[i % k] / rows;
    if (expected > 0) chi_squared += (table[i] - expected) * (table[i] - expected) / expected;
  }
  return std::sqrt(chi_squared / (rows * static_cast<double>(side - 1)));
}

void check_together(const AuditInput& input, const std::string& what, const Categories& values,
                    const std::string& check, const std::string& advice, Findings& findings) {
  const auto classes = static_cast<int32_t>(input.labels.count());
  const auto k = static_cast<size_t>(classes);
  if (std::isnan(cramers_v(values, input.labels.of_row, classes))) return;
  const PermutationTest test =
      permutation_test(input.labels, input.groups, input.seed, input.threads,
                       [&](const std::vector<int32_t>& labels) {
                         const double v = cramers_v(values, labels, classes);
                         return std::isnan(v) ? 0 : v;
                       });
  if (!test.significant()) return;
  const std::vector<double> table = table_of(values, input.labels.of_row, k);
  const Sums sums = sums_of(table, k);
  const auto expected = [&](size_t i) {
    return sums.value[i / k] * sums.label[i % k] / static_cast<double>(values.of_row.size());
  };
  size_t most = 0;
  for (size_t i = 1; i < table.size(); ++i) {
    if (table[i] - expected(i) > table[most] - expected(most)) most = i;
  }
  std::vector<int32_t> rows;
  for (size_t row = 0; row < values.of_row.size(); ++row) {
    if (values.of_row[row] == static_cast<int32_t>(most / k) &&
        input.labels.of_row[row] == static_cast<int32_t>(most % k)) {
      rows.push_back(static_cast<int32_t>(row));
    }
  }
  findings.push_back(make_finding(
      input, test.observed >= kStrong ? Severity::warning : Severity::note, check, test.observed,
      fmt::format("{} and the class go together (Cramer's V {:.2f}, {:.2f} by chance, p = {:.3f}): "
                  "most of all '{}' and {} ({}, {:.0f} were they independent)",
                  what, test.observed, test.expected, test.p, values.names[most / k],
                  input.labels.names[most % k], counted(static_cast<int64_t>(table[most]), "row"),
                  expected(most)),
      advice, rows));
}

void check_sites(const AuditInput& input, Findings& findings) {
  for (const std::string& site : input.sites) {
    check_together(
        input, fmt::format("'{}'", site), distinct(column_of(input, site, "site column").values),
        "site-and-class",
        fmt::format("split by '{}' too, or compare within one: a model may learn the place", site),
        findings);
  }
}

}  // namespace puente::audit_detail
