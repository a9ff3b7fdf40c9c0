// The different rows of a modality as unit vectors, and how many rows have each: templated prompts
// repeat, and what is equal need not be compared again.
#pragma once

#include <cstdint>
#include <vector>

#include "puente/matrix.h"

namespace puente {

struct DistinctUnits {
  BasicMatrix<double> units;    // [K, d], in order of first appearance; a row of zeros stays zero
  std::vector<double> rows;     // [K], how many rows have it
  std::vector<int32_t> of_row;  // [N], which of them a row has

  int64_t count() const { return units.rows(); }
  double total() const { return static_cast<double>(of_row.size()); }
};

/// Equal: to the last bit.
DistinctUnits distinct_units(const Matrix& vectors);

}  // namespace puente
