// RowClasses: the classes that each row has, as a split sees them: one of a label's, or an answer
// to each of several yes/no labels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/label_set.h"
#include "data/labels.h"

namespace puente {

struct RowClasses {
  std::vector<std::string> names;  // [K]
  std::vector<int32_t> of_row;     // [N, per_row]; kNoAnswer: none there
  int64_t per_row = 1;

  /// As they are.
  RowClasses(const Categories& labels) : names(labels.names), of_row(labels.of_row) {}
  /// Label l's no is class 2 l, its yes 2 l + 1: "itch False", "itch True".
  RowClasses(const LabelSet& labels);

  int64_t rows() const { return static_cast<int64_t>(of_row.size()) / per_row; }
  std::span<const int32_t> at(int64_t row) const {
    return std::span(of_row).subspan(static_cast<size_t>(row * per_row),
                                     static_cast<size_t>(per_row));
  }
  std::vector<int64_t> sizes() const;  // rows per class
  /// What to do about a class with under `groups` groups.
  std::string leave_out(int64_t groups) const;
};

/// The same of these rows.
RowClasses classes_at(const RowClasses& all, std::span<const int32_t> rows);

}  // namespace puente
