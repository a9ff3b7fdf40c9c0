// Times: when each row was recorded, as numbers that can be compared.
#pragma once

#include <string>
#include <vector>

#include "puente/table.h"

namespace puente {

/// Of a column that holds numbers (years, running weeks), or dates: 2020-01-31 (a time of day may
/// follow after a space or T), 2020-01, 2020-W05 (ISO weeks). Dates become days since 1970-01-01.
/// All rows must be of one of these kinds. UserError names the row and the value that is missing or
/// another.
std::vector<double> times_of(const Column& column, const std::string& source);

}  // namespace puente
