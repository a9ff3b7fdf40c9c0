// Making the label: classes out of values.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "data/labels.h"
#include "formats/csv.h"
#include "recipe/steps.h"
#include "text/prompt.h"

namespace puente {
namespace {

/// A field with a table of values has seen to what is missing: a word such as None is a class then.
bool is_unknown(const Recipe& recipe, const std::string& column, std::string_view value) {
  const bool seen_to = std::ranges::any_of(recipe.fields, [&](const FieldRecipe& field) {
    return field.name == column && !field.values.empty();
  });
  return seen_to ? is_blank(value) : is_missing(value);
}

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
    } else if (is_unknown(work.recipe, column.name, value)) {
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

/// The class of each row; empty where it has none.
std::vector<std::string> classes_of(const LabelRecipe& label, const Column& column,
                                    Preparation& work) {
  if (!label.classes.empty()) return mapped(label, column, work);
  std::vector<std::string> classes = column.values;
  for (std::string& name : classes) {
    if (is_unknown(work.recipe, column.name, name)) name.clear();
  }
  return classes;
}

}  // namespace

void make_label(Preparation& work) {
  const LabelRecipe& label = work.recipe.label;
  std::vector<std::string> classes;  // empty where a row has none
  if (label.above_median) {
    classes = above_median(*label.above_median, work);
  } else {
    const Column* column = work.column(label.column);
    if (column == nullptr) return;
    classes = classes_of(label, *column, work);
  }
  if (!work.out.mistakes.empty()) return;
  std::vector<char> kept;
  for (const std::string& name : classes) kept.push_back(!name.empty());
  column_or_new(work.out.manifest, label.name).values = std::move(classes);
  const auto count = std::ranges::count(kept, char{1});
  if (count == 0) {
    work.mistake(label.above_median ? label.above_median->of.place : label.column.place,
                 fmt::format("{}: no row has a label", work.out.manifest.source));
  } else if (count < static_cast<std::ptrdiff_t>(kept.size())) {
    work.note(fmt::format("{} of {} rows are left out: they have no label",
                          static_cast<std::ptrdiff_t>(kept.size()) - count, kept.size()));
    work.keep_rows(kept);
  }
}

}  // namespace puente
