// Making the label: classes out of values, or a comparison with a median.
#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "data/labels.h"
#include "data/times.h"
#include "formats/csv.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

/// The class of each value; empty where its rows are left out.
std::vector<std::string> mapped(const LabelRecipe& label, const Column& column, Preparation& work) {
  std::map<std::string, std::string> class_of;
  for (const auto& [name, values] : label.classes) {
    for (const std::string& value : values) class_of[canonical(value)] = name;
  }
  std::vector<std::string> classes;
  int64_t unknown = 0;
  std::string first;
  for (size_t row = 0; row < column.values.size(); ++row) {
    const std::string& value = column.values[row];
    const auto found = class_of.find(canonical(value));
    if (found != class_of.end()) {
      classes.push_back(found->second);
    } else if (is_missing(value)) {
      classes.emplace_back();
    } else if (label.rest) {
      classes.push_back(*label.rest);
    } else {
      classes.emplace_back();
      if (unknown++ == 0) {
        first = fmt::format("{}: line {}: {} is in no class of the label", work.out.manifest.source,
                            work.out.manifest.lines[row], quoted_excerpt(value));
      }
    }
  }
  if (unknown > 0) {
    work.mistake(label.column.place,
                 fmt::format("{}{}; add it to one, or say label.rest = \"leave out\"", first,
                             unknown == 1 ? "" : fmt::format(" ({} such rows)", unknown)));
  }
  return classes;
}

double median(std::vector<double> values) {
  PUENTE_ASSERT(!values.empty());
  std::ranges::sort(values);
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// The rows of each value of `by`, by time.
std::vector<std::vector<size_t>> rows_by_time(const AboveMedian& rule, const Column* by,
                                              Preparation& work) {
  const Manifest& manifest = work.out.manifest;
  std::map<std::string, std::vector<size_t>> rows;
  for (size_t row = 0; row < manifest.lines.size(); ++row) {
    rows[by == nullptr ? "" : by->values[row]].push_back(row);
  }
  std::vector<double> times;
  if (!rule.time.empty()) {
    const Column* time = work.column(rule.time);
    if (time == nullptr) return {};
    try {
      times = times_of(*time, manifest.source);
    } catch (const UserError& error) {
      work.mistake(rule.time.place, error.what());
      return {};
    }
  }
  std::vector<std::vector<size_t>> result;
  for (auto& [name, some] : rows) {
    if (!times.empty()) {
      std::ranges::stable_sort(some, [&](size_t a, size_t b) { return times[a] < times[b]; });
    }
    result.push_back(std::move(some));
  }
  return result;
}

std::vector<std::string> above_median(const AboveMedian& rule, Preparation& work) {
  std::vector<std::string> classes(work.out.manifest.lines.size());
  const Column* of = work.column(rule.of);
  const Column* by = rule.by.empty() ? nullptr : work.column(rule.by);
  if (of == nullptr || (by == nullptr && !rule.by.empty())) return classes;
  for (const std::vector<size_t>& rows : rows_by_time(rule, by, work)) {
    std::vector<std::pair<size_t, double>> known;
    for (const size_t row : rows) {
      if (is_missing(of->values[row])) continue;
      float value = 0;
      if (!parse_float(of->values[row], value)) {
        work.mistake(
            rule.of.place,
            fmt::format("{}: line {}, column '{}': {}", work.out.manifest.source,
                        work.out.manifest.lines[row], of->name, float_problem(of->values[row])));
        return classes;
      }
      known.emplace_back(row, value);
    }
    if (known.empty()) continue;
    const auto count =
        std::max<size_t>(1, static_cast<size_t>(rule.first * static_cast<double>(known.size())));
    std::vector<double> earliest;
    for (size_t i = 0; i < count; ++i) earliest.push_back(known[i].second);
    const double threshold = median(std::move(earliest));
    for (const auto& [row, value] : known) {
      classes[row] = value > threshold ? "above" : "not above";
    }
  }
  return classes;
}

}  // namespace

void make_label(Preparation& work) {
  const LabelRecipe& label = work.recipe.label;
  std::vector<std::string> classes;
  if (label.above_median) {
    classes = above_median(*label.above_median, work);
  } else {
    const Column* column = work.column(label.column);
    if (column == nullptr) return;
    classes = label.classes.empty() ? column->values : mapped(label, *column, work);
  }
  if (!work.out.mistakes.empty()) return;
  std::vector<char> kept;
  for (const std::string& name : classes) kept.push_back(!is_missing(name));
  column_or_new(work.out.manifest, label.name).values = std::move(classes);
  const auto count = std::ranges::count(kept, char{1});
  if (count == 0) {
    work.mistake(label.column.place,
                 fmt::format("{}: no row has a label", work.out.manifest.source));
  } else if (count < static_cast<std::ptrdiff_t>(kept.size())) {
    work.note(fmt::format("{} of {} rows are left out: they have no label",
                          static_cast<std::ptrdiff_t>(kept.size()) - count, kept.size()));
    work.keep_rows(kept);
  }
}

}  // namespace puente
