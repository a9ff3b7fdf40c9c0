#include "data/row_classes.h"

#include <fmt/format.h>

namespace puente {

RowClasses::RowClasses(const LabelSet& labels) : per_row(labels.count()) {
  for (size_t l = 0; l < labels.names.size(); ++l) {
    for (const std::string& value : labels.values[l]) {
      names.push_back(fmt::format("{} {}", labels.names[l], value));
    }
  }
  of_row.reserve(labels.of_row.size());
  for (size_t i = 0; i < labels.of_row.size(); ++i) {
    const int32_t answer = labels.of_row[i];
    const auto label = static_cast<int32_t>(i % labels.names.size());
    of_row.push_back(answer == kNoAnswer ? kNoAnswer : 2 * label + answer);
  }
}

std::vector<int64_t> RowClasses::sizes() const {
  std::vector<int64_t> result(names.size());
  for (const int32_t k : of_row) {
    if (k != kNoAnswer) ++result[static_cast<size_t>(k)];
  }
  return result;
}

std::string RowClasses::leave_out(int64_t groups) const {
  if (per_row > 1) return "leave such labels out";
  return fmt::format("--min-groups {} leaves such classes out", groups);
}

RowClasses classes_at(const RowClasses& all, std::span<const int32_t> rows) {
  RowClasses some = all;
  some.of_row.clear();
  for (const int32_t row : rows) {
    const auto own = all.at(row);
    some.of_row.insert(some.of_row.end(), own.begin(), own.end());
  }
  return some;
}

}  // namespace puente
