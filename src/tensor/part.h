// Windows on a part of a matrix.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

namespace puente {

/// Rows row .. row + rows, of them columns column .. column + columns.
template <class T>
MatrixView<T> part_of(MatrixView<T> x, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  return {x.row(row) + column, rows, columns, x.stride};
}

/// Rows row .. row + rows.
template <class T>
MatrixView<T> rows_of(MatrixView<T> x, int64_t row, int64_t rows) {
  return {x.row(row), rows, x.cols, x.stride};
}

}  // namespace puente
