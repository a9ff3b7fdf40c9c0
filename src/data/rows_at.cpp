#include "data/rows_at.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

Matrix rows_at(MatrixView<const float> features, std::span<const int32_t> rows) {
  Matrix out(static_cast<int64_t>(rows.size()), features.cols);
  for (int64_t i = 0; i < out.rows(); ++i) {
    const int32_t row = rows[static_cast<size_t>(i)];
    PUENTE_ASSERT(row >= 0 && row < features.rows);
    std::copy_n(features.row(row), features.cols, out.row(i));
  }
  return out;
}

}  // namespace puente
