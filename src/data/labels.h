// Labels: the class of every row as a small number, and groups likewise.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/table.h"

namespace puente {

/// A text column as numbers: of_row[i] indexes names. Names are sorted (by value where all are
/// whole numbers, else by bytes), so that the numbering does not depend on row order.
struct Categories {
  std::vector<std::string> names;
  std::vector<int32_t> of_row;

  int64_t count() const { return static_cast<int64_t>(names.size()); }
  std::vector<int64_t> sizes() const;  // rows per category
};

/// Nothing, or spaces.
bool is_blank(std::string_view value);

/// A finite number, with blanks around it or none.
std::optional<double> number_of(std::string_view value);

/// UserError (file, row) if the value is missing.
void require_value(const Column& column, size_t row, const std::string& source);

/// UserError as require_value().
Categories categories_of(const Column& column, const std::string& source);
/// of_row at these rows: their labels, or their groups.
std::vector<int32_t> labels_at(std::span<const int32_t> of_row, std::span<const int32_t> rows);

/// The same of `all`, with all its names.
Categories categories_at(const Categories& all, std::span<const int32_t> rows);

/// Every row its own group: --no-group.
Categories each_row_alone(int64_t rows);

}  // namespace puente
