#include "eval/subgroups.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "data/labels.h"
#include "text/prompt.h"

namespace puente {
namespace {

constexpr const char* kMissing = "(missing)";

/// The rows that have a value. UserError if there are none.
std::vector<size_t> rows_with_value(const Column& column, const std::string& source) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < column.values.size(); ++i) {
    if (!is_missing(column.values[i])) rows.push_back(i);
  }
  if (rows.empty()) {
    fail("{}: column '{}' has no value in any row, so that there are no subgroups to compare",
         source, column.name);
  }
  return rows;
}

/// From the subgroup of each row that has a value.
Subgrouping with_missing(const Column& column, const std::vector<size_t>& rows,
                         std::vector<std::string> names, const std::vector<int32_t>& subgroup) {
  Subgrouping result;
  result.column = column.name;
  result.names = std::move(names);
  result.of_row.assign(column.values.size(), static_cast<int32_t>(result.names.size()));
  for (size_t i = 0; i < rows.size(); ++i) result.of_row[rows[i]] = subgroup[i];
  if (rows.size() < column.values.size()) result.names.push_back(kMissing);
  return result;
}

/// UserError if one is not a number.
std::vector<double> numbers_of(const Column& column, const std::vector<size_t>& rows,
                               const std::string& source) {
  std::vector<double> numbers;
  for (size_t row : rows) {
    const std::optional<double> number = number_of(column.values[row]);
    if (!number) {
      fail("{}: row {}, column '{}': '{}' is not a number; bands need numbers", source, row + 1,
           column.name, column.values[row]);
    }
    numbers.push_back(*number);
  }
  return numbers;
}

/// `sorted` ascending, not empty; share in [0, 1).
double percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

/// NaN where it is not shown.
using Figure = double (*)(const Evaluation&, size_t of_class);

std::optional<SubgroupGap> largest_gap(std::span<const Subgroup> subgroups, const char* name,
                                       std::optional<int32_t> of_class, Figure figure) {
  struct Shown {
    double value;
    const Subgroup* subgroup;
  };
  std::vector<Shown> shown;
  for (const Subgroup& subgroup : subgroups) {
    if (!subgroup.evaluation) continue;
    const double value = figure(*subgroup.evaluation, static_cast<size_t>(of_class.value_or(0)));
    if (!std::isnan(value)) shown.push_back({value, &subgroup});
  }
  if (shown.size() < 2) return std::nullopt;
  const auto less = [](const Shown& a, const Shown& b) { return a.value < b.value; };
  const Shown& low = *std::min_element(shown.begin(), shown.end(), less);
  const Shown& high = *std::max_element(shown.begin(), shown.end(), less);
  return SubgroupGap{name, of_class, high.value - low.value, low.subgroup->name,
                     high.subgroup->name};
}

}  // namespace

Subgrouping subgroups_by_value(const Column& column, const std::string& source) {
  const std::vector<size_t> rows = rows_with_value(column, source);
  Column present = {column.name, {}};
  for (size_t row : rows) present.values.push_back(column.values[row]);
  Categories values = categories_of(present, source);
  return with_missing(column, rows, std::move(values.names), values.of_row);
}

Subgrouping subgroups_in_bands(const Column& column, const std::string& source,
                               std::span<const double> cuts) {
  const bool ascending = std::adjacent_find(cuts.begin(), cuts.end(), [](double a, double b) {
                           return !(a < b);
                         }) == cuts.end();
  if (cuts.empty() || !ascending || !std::isfinite(cuts.front()) || !std::isfinite(cuts.back())) {
    fail("the cuts of column '{}' are {}; give numbers in ascending order, such as 40,60",
         column.name, cuts.empty() ? "none" : fmt::format("{}", fmt::join(cuts, ",")));
  }
  const std::vector<size_t> rows = rows_with_value(column, source);
  std::vector<int32_t> band;
  for (double number : numbers_of(column, rows, source)) {
    band.push_back(
        static_cast<int32_t>(std::upper_bound(cuts.begin(), cuts.end(), number) - cuts.begin()));
  }
  std::vector<std::string> names = {fmt::format("< {}", cuts.front())};
  for (size_t i = 1; i < cuts.size(); ++i) {
    names.push_back(fmt::format("{} to < {}", cuts[i - 1], cuts[i]));
  }
  names.push_back(fmt::format(">= {}", cuts.back()));
  return with_missing(column, rows, std::move(names), band);
}

std::vector<double> quartiles_of(const Column& column, const std::string& source) {
  std::vector<double> sorted = numbers_of(column, rows_with_value(column, source), source);
  std::sort(sorted.begin(), sorted.end());
  if (sorted.front() == sorted.back()) {
    fail("{}: column '{}' has the one value {}, so that there are no subgroups to compare", source,
         column.name, sorted.front());
  }
  std::vector<double> cuts;
  for (double share : {0.25, 0.5, 0.75}) {
    const double cut = percentile(sorted, share);
    if (cut > (cuts.empty() ? sorted.front() : cuts.back())) cuts.push_back(cut);
  }
  if (cuts.empty()) cuts.push_back(*std::upper_bound(sorted.begin(), sorted.end(), sorted.front()));
  return cuts;
}

SubgroupRule subgroup_rule(const Column& column, std::span<const int32_t> rows,
                           const std::string& source) {
  SubgroupRule rule{column.name, {}};
  for (const std::string& value : column.values) {
    if (!is_missing(value) && !number_of(value)) return rule;
  }
  Column own{column.name, {}};
  std::set<double> different;
  for (const int32_t row : rows) {
    own.values.push_back(column.values[static_cast<size_t>(row)]);
    if (!is_missing(own.values.back())) different.insert(*number_of(own.values.back()));
  }
  if (different.size() > 10) rule.cuts = quartiles_of(own, source);
  return rule;
}

Subgrouping subgroups_by(const SubgroupRule& rule, const Column& column,
                         const std::string& source) {
  return rule.cuts.empty() ? subgroups_by_value(column, source)
                           : subgroups_in_bands(column, source, rule.cuts);
}

std::vector<SubgroupGap> largest_gaps(std::span<const Subgroup> subgroups) {
  std::vector<SubgroupGap> gaps;
  const auto add = [&](const char* name, std::optional<int32_t> of_class, Figure figure) {
    if (auto gap = largest_gap(subgroups, name, of_class, figure)) gaps.push_back(std::move(*gap));
  };
  add("accuracy", {}, [](const Evaluation& e, size_t) { return e.accuracy; });
  add("balanced accuracy", {}, [](const Evaluation& e, size_t) { return e.balanced_accuracy; });
  add("macro F1", {}, [](const Evaluation& e, size_t) { return e.macro_f1; });
  add("AUC", {}, [](const Evaluation& e, size_t) { return e.auc; });
  add("average precision", {}, [](const Evaluation& e, size_t) { return e.average_precision; });
  add("quadratic kappa", {},
      [](const Evaluation& e, size_t) { return e.quadratic_kappa.value_or(std::nan("")); });
  size_t classes = 0;
  for (const Subgroup& subgroup : subgroups) {
    if (subgroup.evaluation) classes = subgroup.evaluation->classes.size();
  }
  for (size_t k = 0; k < classes; ++k) {
    add("recall", static_cast<int32_t>(k), [](const Evaluation& e, size_t of_class) {
      const ClassMetrics& metrics = e.classes[of_class];
      return metrics.support < kSmallestSubgroup ? std::nan("") : metrics.recall;
    });
  }
  return gaps;
}

SubgroupEvaluation evaluate_subgroups(const Scorer& scorer, const Subgrouping& subgrouping) {
  PUENTE_ASSERT(static_cast<int64_t>(subgrouping.of_row.size()) == scorer.rows());
  SubgroupEvaluation result;
  result.column = subgrouping.column;
  std::vector<int32_t> times(subgrouping.of_row.size());
  for (size_t s = 0; s < subgrouping.names.size(); ++s) {
    Subgroup subgroup;
    subgroup.name = subgrouping.names[s];
    for (size_t i = 0; i < times.size(); ++i) {
      times[i] = subgrouping.of_row[i] == static_cast<int32_t>(s) ? 1 : 0;
      subgroup.rows += times[i];
    }
    if (subgroup.rows >= kSmallestSubgroup) subgroup.evaluation = scorer.evaluate(times);
    result.subgroups.push_back(std::move(subgroup));
  }
  result.gaps = largest_gaps(result.subgroups);
  return result;
}

}  // namespace puente
