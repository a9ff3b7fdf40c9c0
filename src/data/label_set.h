// LabelSet: several yes/no columns of the same rows, each a label of its own (multi-label).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "puente/table.h"

#include "data/labels.h"

namespace puente {

/// A label's answers are 0 no, 1 yes, or this where its cell is empty.
inline constexpr int32_t kNoAnswer = -1;

struct LabelSet {
  std::vector<std::string> names;                  // [L] the columns
  std::vector<std::array<std::string, 2>> values;  // [L] how no and yes are written there
  std::vector<int32_t> of_row;                     // [N, L]

  int64_t count() const { return static_cast<int64_t>(names.size()); }
  int64_t rows() const { return static_cast<int64_t>(of_row.size()) / count(); }
  int32_t at(int64_t row, int64_t label) const {
    return of_row[static_cast<size_t>(row * count() + label)];
  }
  /// How no and yes of one label are written, as the names of its two classes.
  std::vector<std::string> classes(int64_t label) const {
    const auto& own = values[static_cast<size_t>(label)];
    return {own[0], own[1]};
  }
};

/// A column's values are yes and no where they are 1 and 0, 1.0 and 0.0, yes and no, y and n, or
/// true and false, in capitals or not, and both of one pair, each written in one way throughout.
/// UserError names the column and the row of a value that is no such answer or the third that
/// occurs, and the column that has rows of one answer only, or is named twice.
LabelSet label_set_of(std::span<const Column* const> columns, const std::string& source);

/// The same of these rows.
LabelSet labels_at(const LabelSet& all, std::span<const int32_t> rows);

}  // namespace puente
