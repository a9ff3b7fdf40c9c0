// The label "above": more than the median of the earliest rows.
#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "data/split.h"
#include "data/times.h"
#include "experiment/protocol.h"
#include "formats/csv.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

double median(std::vector<double> values) {
  PUENTE_ASSERT(!values.empty());
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// The column's numbers; nothing where one is missing. No value at all after a mistake.
std::optional<std::vector<std::optional<double>>> numbers_of(const Said& name, Preparation& work) {
  const Column* column = work.column(name);
  if (column == nullptr) return std::nullopt;
  std::vector<std::optional<double>> numbers;
  for (size_t row = 0; row < column->values.size(); ++row) {
    const std::string& text = column->values[row];
    float value = 0;
    if (is_missing(text)) {
      numbers.emplace_back();
    } else if (parse_float(text, value)) {
      numbers.emplace_back(value);
    } else {
      work.mistake(name.place,
                   fmt::format("{}: line {}, column '{}': {}", work.out.manifest.source,
                               work.out.manifest.lines[row], column->name, float_problem(text)));
      return std::nullopt;
    }
  }
  return numbers;
}

/// Marks the rows that make the medians: those whose number is known, and of them the earliest.
/// One moment ends them for every value of `by`, as time:COLUMN cuts. False after a mistake.
bool mark_median_rows(const AboveMedian& rule, const std::vector<std::optional<double>>& numbers,
                      Preparation& work) {
  std::vector<char>& marked = work.median_rows;
  for (const std::optional<double>& number : numbers) marked.push_back(number.has_value());
  if (rule.time.empty()) return true;
  const Column* time = work.column(rule.time);
  if (time == nullptr) return false;
  std::vector<double> times;
  try {
    times = times_of(*time, work.out.manifest.source);
  } catch (const UserError& error) {
    work.mistake(rule.time.place, error.what());
    return false;
  }
  std::vector<double> known;
  for (size_t row = 0; row < times.size(); ++row) {
    if (marked[row]) known.push_back(times[row]);
  }
  if (rule.first == 1 || known.empty()) return true;
  const double end = latest_rows_begin(known, 1 - rule.first);
  for (size_t row = 0; row < times.size(); ++row) marked[row] = marked[row] && times[row] < end;
  return true;
}

}  // namespace

std::vector<std::string> above_median(const AboveMedian& rule, Preparation& work) {
  const size_t rows = work.out.manifest.lines.size();
  std::vector<std::string> classes(rows);
  const auto numbers = numbers_of(rule.of, work);
  const Column* by = rule.by.empty() ? nullptr : work.column(rule.by);
  if (!numbers || (by == nullptr && !rule.by.empty())) return classes;
  if (!mark_median_rows(rule, *numbers, work)) return classes;
  const auto part_of = [&](size_t row) { return by == nullptr ? "" : by->values[row]; };
  std::map<std::string, std::vector<double>> earliest;
  for (size_t row = 0; row < rows; ++row) {
    if (work.median_rows[row]) earliest[part_of(row)].push_back(*(*numbers)[row]);
  }
  std::map<std::string, double> medians;
  for (auto& [part, values] : earliest) medians[part] = median(std::move(values));
  int64_t without = 0;
  for (size_t row = 0; row < rows; ++row) {
    if (!(*numbers)[row]) continue;
    const auto found = medians.find(part_of(row));
    if (found == medians.end()) {
      ++without;
    } else {
      classes[row] = *(*numbers)[row] > found->second ? "above" : "not above";
    }
  }
  if (without > 0) {
    work.note(fmt::format(
        "{} rows have no label: no row of their {} is among those that the medians are of", without,
        by == nullptr ? "table" : "'" + by->name + "'"));
  }
  return classes;
}

void check_median_rows(Preparation& work) {
  const std::optional<AboveMedian>& rule = work.recipe.label.above_median;
  const auto marked = std::ranges::count(work.median_rows, char{1});
  if (!rule || marked == 0) return;
  const ProtocolOptions protocol = ProtocolOptions::parse(work.recipe.protocol.text);
  if (protocol.kind != Protocol::time) {
    work.note(fmt::format(
        "the label's medians are of {} of the {} rows, and {} scores some of them: rows "
        "that are scored have a say in what counts as above",
        marked, work.median_rows.size(), protocol.text()));
    return;
  }
  const Column* column = work.out.manifest.find(protocol.column);
  if (column == nullptr) return;  // said elsewhere
  std::vector<double> times;
  try {
    times = times_of(*column, work.out.manifest.source);
  } catch (const UserError& error) {
    work.mistake(work.recipe.protocol.place, error.what());
    return;
  }
  const double scored = latest_rows_begin(times, HoldoutOptions().test_share);
  int64_t both = 0;
  for (size_t row = 0; row < times.size(); ++row) {
    both += work.median_rows[row] && times[row] >= scored;
  }
  if (both == 0) return;
  work.mistake(rule->of.place,
               fmt::format("the medians are of {} rows of which {} scores {}; {}", marked,
                           protocol.text(), both,
                           rule->first < 1 && rule->time.text == protocol.column
                               ? fmt::format("make first = {} smaller", rule->first)
                               : fmt::format("say time = \"{}\", first = 0.8", protocol.column)));
}

}  // namespace puente
