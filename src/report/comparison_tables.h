// A comparison as tables of text: Table 1 (scores), 2 (sizes), 3 (times: an epoch, the whole, the
// break-even).
#pragma once

#include <string>
#include <vector>

#include "compare/comparison.h"
#include "report/text_table.h"

namespace puente {

struct ComparisonTable {
  std::string title;
  TextTable cells;
  std::vector<std::string> notes;  // below it
};

/// Columns that no row has (published, energy) are left out; so are tables without a row.
/// Extrapolated figures end in "*".
std::vector<ComparisonTable> comparison_tables(const Comparison& comparison);

}  // namespace puente
