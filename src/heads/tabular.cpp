#include "heads/tabular.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "data/manifest.h"
#include "data/split.h"
#include "formats/csv.h"
#include "text/prompt.h"

namespace puente {

TabularFeatures::Field TabularFeatures::fit(const Column& column, std::span<const int32_t> rows,
                                            std::string_view source) const {
  Field field;
  field.column = column.name;
  std::set<std::string> values;
  std::vector<float> numbers;
  std::string not_a_number;
  for (const int32_t row : rows) {
    const std::string& value = column.values.at(static_cast<size_t>(row));
    if (is_missing(value)) {
      field.has_missing = true;
      continue;
    }
    values.insert(value);
    float number = 0;
    if (parse_float(value, number)) {
      numbers.push_back(number);
    } else if (not_a_number.empty()) {
      not_a_number = value;
    }
  }
  if (not_a_number.empty() && !numbers.empty()) {
    field.number.emplace(
        MatrixView<const float>{numbers.data(), static_cast<int64_t>(numbers.size()), 1, 1},
        first_numbers(numbers.size()));
    return field;
  }
  if (static_cast<int64_t>(values.size()) > kMostValues) {
    fail(
        "{}: column '{}' has {} different values in the training rows (and {} is no number); "
        "--tabular takes up to {}: leave out ids and free text",
        source, column.name, values.size(), quoted_excerpt(not_a_number), kMostValues);
  }
  field.values.assign(values.begin(), values.end());
  return field;
}

TabularFeatures::TabularFeatures(std::span<const Column> columns, std::span<const int32_t> rows,
                                 std::string_view source) {
  PUENTE_ASSERT(!rows.empty());
  if (columns.empty()) fail("{}: --tabular names no column", source);
  for (const Column& column : columns) {
    Field field = fit(column, rows, source);
    field.first = static_cast<int64_t>(names_.size());
    if (field.number) names_.push_back(field.column);
    for (const std::string& value : field.values) names_.push_back(field.column + "=" + value);
    if (field.has_missing) {
      names_.push_back(field.column + (field.number ? " is missing" : "=(missing)"));
    }
    fields_.push_back(std::move(field));
  }
}

void TabularFeatures::write(const Field& field, std::string_view value,
                            std::span<float> row) const {
  if (field.number) {
    float number = 0;
    const bool there = parse_float(value, number);
    if (there) row[0] = static_cast<float>(field.number->apply(number, 0));
    if (!there && field.has_missing) row[1] = 1;
    return;
  }
  if (is_missing(value)) {
    if (field.has_missing) row[field.values.size()] = 1;
    return;
  }
  const auto found = std::lower_bound(field.values.begin(), field.values.end(), value);
  if (found != field.values.end() && *found == value) {
    row[static_cast<size_t>(found - field.values.begin())] = 1;
  }
}

Matrix TabularFeatures::apply(std::span<const Column> columns, std::string_view source) const {
  std::vector<const Column*> found;
  for (const Field& field : fields_) {
    found.push_back(&require_column(columns, field.column, "--tabular", source));
  }
  Matrix out(static_cast<int64_t>(found.front()->values.size()),
             static_cast<int64_t>(names_.size()));
  for (size_t f = 0; f < fields_.size(); ++f) {
    PUENTE_ASSERT(static_cast<int64_t>(found[f]->values.size()) == out.rows());
    const auto first = static_cast<size_t>(fields_[f].first);
    for (int64_t i = 0; i < out.rows(); ++i) {
      write(fields_[f], found[f]->values[static_cast<size_t>(i)], out.row_span(i).subspan(first));
    }
  }
  return out;
}

}  // namespace puente
