#include "data/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/trimmed.h"

namespace puente {
namespace {

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

void sort_names(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  std::vector<std::pair<int64_t, size_t>> numbers;  // value, place among the names sorted by bytes
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<int64_t> value = whole_number(names[i]);
    if (!value) return;
    numbers.emplace_back(*value, i);
  }
  std::sort(numbers.begin(), numbers.end());  // "01" and "1" are two names, in the order of bytes
  std::vector<std::string> sorted;
  sorted.reserve(names.size());
  for (const auto& [value, place] : numbers) sorted.push_back(std::move(names[place]));
  names = std::move(sorted);
}

}  // namespace

bool is_blank(std::string_view value) { return trimmed(value).empty(); }

std::optional<double> number_of(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void require_value(const Column& column, size_t row, const std::string& source) {
  if (!is_blank(column.values[row])) return;
  fail("{}: row {} has no value in column '{}'; fill it in or leave the row out", source, row + 1,
       column.name);
}

std::vector<int64_t> Categories::sizes() const {
  std::vector<int64_t> result(names.size());
  for (int32_t category : of_row) ++result[static_cast<size_t>(category)];
  return result;
}

Categories categories_of(const Column& column, const std::string& source) {
  PUENTE_ASSERT(column.values.size() <= std::numeric_limits<int32_t>::max());
  Categories result;
  std::unordered_map<std::string_view, int32_t> number;
  for (size_t row = 0; row < column.values.size(); ++row) {
    const std::string& value = column.values[row];
    require_value(column, row, source);
    if (number.emplace(value, 0).second) result.names.push_back(value);
  }
  sort_names(result.names);
  for (size_t i = 0; i < result.names.size(); ++i) {
    number[result.names[i]] = static_cast<int32_t>(i);
  }
  result.of_row.reserve(column.values.size());
  for (const std::string& value : column.values) result.of_row.push_back(number.at(value));
  return result;
}

std::vector<int32_t> labels_at(std::span<const int32_t> of_row, std::span<const int32_t> rows) {
  std::vector<int32_t> labels;
  labels.reserve(rows.size());
  for (const int32_t row : rows) labels.push_back(of_row[static_cast<size_t>(row)]);
  return labels;
}

Categories categories_at(const Categories& all, std::span<const int32_t> rows) {
  return {all.names, labels_at(all.of_row, rows)};
}

Categories each_row_alone(int64_t rows) {
  PUENTE_ASSERT(rows >= 0 && rows <= std::numeric_limits<int32_t>::max());
  Categories result;
  for (int32_t row = 0; row < rows; ++row) {
    result.names.push_back(std::to_string(row));
    result.of_row.push_back(row);
  }
  return result;
}

}  // namespace puente
