// Patch embedding of a vision transformer: each P x P square of the picture becomes a row, by a
// Linear over its numbers (a convolution with stride P, whose kernel [C, 3, P, P] is the Linear's
// weight row by row).
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "base/error.h"
#include "nn/linear.h"

namespace puente {

/// Pixels of one picture as its patches' rows: planes [3, S, S] -> [(S / P)^2, 3 P P], patches in
/// reading order, each with its planes one after the other.
template <class T>
BasicMatrix<T> patches_of(MatrixView<const T> planes, int64_t side, int64_t patch) {
  PUENTE_ASSERT(planes.rows == 3 && planes.cols == side * side && side % patch == 0);
  const int64_t across = side / patch;
  BasicMatrix<T> rows(across * across, 3 * patch * patch);
  for (int64_t r = 0; r < rows.rows(); ++r) {
    const int64_t top = r / across * patch, left = r % across * patch;
    T* out = rows.row(r);
    for (int64_t plane = 0; plane < 3; ++plane) {
      for (int64_t y = 0; y < patch; ++y) {
        const T* in = planes.row(plane) + (top + y) * side + left;
        for (int64_t x = 0; x < patch; ++x) *out++ = in[x];
      }
    }
  }
  return rows;
}

}  // namespace puente
