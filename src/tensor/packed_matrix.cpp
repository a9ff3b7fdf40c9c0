#include "tensor/packed_matrix.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tensor/transpose.h"

namespace puente {
void PackedMatrix::reshape(int64_t depth, int64_t columns) {
  PUENTE_ASSERT(depth >= 0 && columns >= 0);
  room_ = depth_ = depth;
  columns_ = columns;
  const auto size = static_cast<size_t>(panels() * depth * kPanelWidth);
  if (values_.size() < size) values_ = ZeroedArray<float>(size);
  // Only the columns that fill up the last panel need to be zero: set() writes all others.
  if (columns % kPanelWidth != 0 && depth > 0) {
    std::fill_n(panel(panels() - 1), depth * kPanelWidth, 0.0f);
  }
}

void PackedMatrix::show(int64_t depth, int64_t columns) {
  PUENTE_ASSERT(depth >= 0 && depth <= room_ && columns >= 0);
  depth_ = depth;
  columns_ = columns;
  PUENTE_ASSERT(panels() * panel_stride() <= static_cast<int64_t>(values_.size()));
}

void PackedMatrix::set_columns(int64_t first, MatrixView<const float> rows) {
  PUENTE_ASSERT(rows.cols == depth_ && first >= 0 && first + rows.rows <= columns_);
  for (int64_t i = 0; i < rows.rows;) {
    const int64_t lane = (first + i) % kPanelWidth;
    const int64_t count = std::min(kPanelWidth - lane, rows.rows - i);
    transpose({rows.row(i), count, depth_, rows.stride},
              {panel((first + i) / kPanelWidth) + lane, depth_, count, kPanelWidth});
    i += count;
  }
}

void PackedMatrix::set_rows(int64_t first, MatrixView<const float> b) {
  PUENTE_ASSERT(b.cols == columns_ && first >= 0 && first + b.rows <= depth_);
  for (int64_t p = 0; p < panels(); ++p) {
    const int64_t width = std::min(kPanelWidth, columns_ - p * kPanelWidth);
    const float* from = b.data + p * kPanelWidth;
    float* to = panel(p) + first * kPanelWidth;
    for (int64_t k = 0; k < b.rows; ++k, from += b.stride, to += kPanelWidth) {
      // A constant size is one move; any other is a call.
      if (width == kPanelWidth) {
        std::memcpy(to, from, kPanelWidth * sizeof(float));
      } else {
        std::memcpy(to, from, static_cast<size_t>(width) * sizeof(float));
      }
    }
  }
}

}  // namespace puente
