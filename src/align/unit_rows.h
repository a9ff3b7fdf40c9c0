// Rows divided by their length, in double, so that products of rows are cosines. A row of zeros has
// no direction: it stays zero, and its cosine with anything is 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "align/unit_vector.h"

namespace puente {

inline BasicMatrix<double> unit_rows(MatrixView<const float> features,
                                     std::span<const int32_t> rows) {
  BasicMatrix<double> out(static_cast<int64_t>(rows.size()), features.cols);
  for (int64_t i = 0; i < out.rows(); ++i) {
    unit_vector(features.row_span(rows[static_cast<size_t>(i)]), out.row_span(i));
  }
  return out;
}

}  // namespace puente
