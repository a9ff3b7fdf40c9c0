#include "align/distinct_units.h"

#include <utility>

#include "align/unit_rows.h"
#include "data/distinct_rows.h"

namespace puente {

DistinctUnits distinct_units(const Matrix& vectors) {
  Categories different = distinct_rows(vectors);
  DistinctUnits result;
  result.rows.resize(static_cast<size_t>(different.count()));
  std::vector<int32_t> first;
  for (size_t row = 0; row < different.of_row.size(); ++row) {
    const auto which = static_cast<size_t>(different.of_row[row]);
    if (which == first.size()) first.push_back(static_cast<int32_t>(row));
    ++result.rows[which];
  }
  result.units = unit_rows(vectors, first);
  result.of_row = std::move(different.of_row);
  return result;
}

}  // namespace puente
