#include "tensor/packed_matrix.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace puente {

void PackedMatrix::reshape(int64_t depth, int64_t columns) {
  PUENTE_ASSERT(depth >= 0 && columns >= 0);
  depth_ = depth;
  columns_ = columns;
  values_.resize(static_cast<size_t>(panels() * depth * kPanelWidth));
  // Only the columns that fill up the last panel need to be zero: set() writes all others.
  if (columns % kPanelWidth != 0 && depth > 0) {
    std::fill_n(panel(panels() - 1), depth * kPanelWidth, 0.0f);
  }
}

void PackedMatrix::set_columns(int64_t first, MatrixView<const float> rows) {
  PUENTE_ASSERT(rows.cols == depth_ && first >= 0 && first + rows.rows <= columns_);
  for (int64_t i = 0; i < rows.rows;) {
    const int64_t lane = (first + i) % kPanelWidth;
    const int64_t count = std::min(kPanelWidth - lane, rows.rows - i);
    float* to = panel((first + i) / kPanelWidth) + lane;
    // Sixteen rows side by side, so that every cache line of the panel is written once.
    for (int64_t k = 0; k < depth_; ++k) {
      for (int64_t j = 0; j < count; ++j)
        to[k * kPanelWidth + j] = rows.data[(i + j) * rows.stride + k];
    }
    i += count;
  }
}

void PackedMatrix::set(MatrixView<const float> b) {
  PUENTE_ASSERT(b.rows == depth_ && b.cols == columns_);
  for (int64_t p = 0; p < panels(); ++p) {
    const int64_t width = std::min(kPanelWidth, columns_ - p * kPanelWidth);
    float* to = panel(p);
    for (int64_t k = 0; k < depth_; ++k) {
      std::memcpy(to + k * kPanelWidth, b.row(k) + p * kPanelWidth,
                  static_cast<size_t>(width) * sizeof(float));
    }
  }
}

}  // namespace puente
