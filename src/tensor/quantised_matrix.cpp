#include "tensor/quantised_matrix.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tensor/quantise_column.h"

namespace puente {

QuantisedMatrix::QuantisedMatrix(int64_t depth, int64_t columns, IntegerForm form)
    : form_(form),
      depth_(depth),
      columns_(columns),
      values_(static_cast<size_t>(panels() * 16 * padded_depth())),
      quarters_(static_cast<size_t>(panels() * padded_depth())),
      scales_(static_cast<size_t>(panels() * 16)),
      sums_(static_cast<size_t>(panels() * 16)) {}

int64_t QuantisedMatrix::bytes() const {
  return static_cast<int64_t>(values_.size() + quarters_.size() * sizeof(uint32_t) +
                              scales_.size() * sizeof(float) + sums_.size() * sizeof(int32_t));
}

int8_t QuantisedMatrix::value(int64_t k, int64_t n) const {
  return panel(n / 16)[k / 4 * 64 + n % 16 * 4 + k % 4];
}

float QuantisedMatrix::fine_value(int64_t k, int64_t n) const {
  const uint32_t quarter = quarters(n / 16, k) >> n % 16 * 2 & 3;  // -2 and -1 are 2 and 3
  return static_cast<float>(value(k, n)) + (static_cast<float>(quarter ^ 2) - 1.5f) / 4;
}

void QuantisedMatrix::set_columns(int64_t first, MatrixView<const float> rows) {
  PUENTE_ASSERT(rows.cols == depth_ && first >= 0 && first + rows.rows <= columns_);
  AlignedVector<float> column(static_cast<size_t>(padded_depth()));
  AlignedVector<int8_t> values(column.size());
  for (int64_t i = 0; i < rows.rows; ++i) {
    const int64_t n = first + i, p = n / 16, lane = n % 16;
    std::copy_n(rows.row(i), depth_, column.begin());
    const auto [scale, sum] =
        quantise_column(column, form_, values.data(), quarters_.data() + p * padded_depth(),
                        static_cast<int>(lane) * 2);
    int8_t* to = values_.data() + p * padded_depth() * 16 + lane * 4;
    for (int64_t k = 0; k < padded_depth(); k += 4, to += 64) {
      std::memcpy(to, values.data() + k, 4);
    }
    scales_[static_cast<size_t>(n)] = scale;
    sums_[static_cast<size_t>(n)] = sum;
  }
}

}  // namespace puente
