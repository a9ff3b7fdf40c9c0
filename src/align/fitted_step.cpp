#include "align/fitted_step.h"

#include <algorithm>
#include <span>

#include "align/eigen_matrix.h"
#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

/// A row's numbers do not depend on how many rows there are: Eigen, whose order of additions may,
/// gets blocks of one size.
BasicMatrix<double> times(const BasicMatrix<double>& rows, const BasicMatrix<double>& map) {
  constexpr int64_t kProductRows = 64;
  BasicMatrix<double> out(rows.rows(), map.cols());
  RowMajor block = RowMajor::Zero(kProductRows, map.rows());
  RowMajor product(kProductRows, map.cols());
  for (int64_t begin = 0; begin < rows.rows(); begin += kProductRows) {
    const int64_t size = std::min(kProductRows, rows.rows() - begin);
    std::copy_n(rows.row(begin), size * rows.cols(), block.data());
    product.noalias() = block * view_of(map);
    std::copy_n(product.data(), size * map.cols(), out.row(begin));
  }
  return out;
}

void move_rows(const FittedHalf& half, BasicMatrix<double>& rows) {
  for (int64_t i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i);
    for (size_t j = 0; j < half.mean.size(); ++j) row[j] -= half.mean[j];
    for (size_t j = 0; j < half.scale.size(); ++j) row[j] *= half.scale[j];
  }
  if (!half.map.empty()) rows = times(rows, half.map);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i);
    for (size_t j = 0; j < half.offset.size(); ++j) row[j] += half.offset[j];
  }
}

}  // namespace

// To length one, to the width of the direction, along it, and to length one again.
void shift_rows(const FittedHalf& half, double moves, BasicMatrix<double>& rows) {
  const bool stretched = half.outputs != half.inputs;
  BasicMatrix<double> wide;
  if (stretched) wide = BasicMatrix<double>(rows.rows(), half.outputs);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    std::span<double> row = rows.row_span(i);
    const bool has_length = normalise(row);
    if (stretched) {
      const std::span<double> out = wide.row_span(i);
      std::ranges::copy(row, out.begin());
      if (has_length) stretch(out, row.size());
      row = out;
    }
    // A second normalisation of what has not moved would only round once more.
    if (!has_length || (moves == 0 && !stretched)) continue;
    for (size_t j = 0; j < row.size(); ++j) row[j] += moves * half.direction[j];
    normalise(row);
  }
  if (stretched) rows = std::move(wide);
}

void set_lambda(FittedStep& shift, double lambda) {
  const double half = lambda / 2;
  shift.image.moves = -half;
  shift.text.moves = shift.step.kind == AlignKind::shift_printed ? -half : half;
}

void apply(AlignKind kind, const FittedHalf& half, BasicMatrix<double>& rows) {
  PUENTE_ASSERT(rows.cols() == half.inputs);
  switch (kind) {
    case AlignKind::noise:
    case AlignKind::noise_paper:
    case AlignKind::regularised:
      return;
    case AlignKind::normalise:
      for (int64_t i = 0; i < rows.rows(); ++i) normalise(rows.row_span(i));
      return;
    case AlignKind::shift:
    case AlignKind::shift_printed:
    case AlignKind::shift_interpolated:
    case AlignKind::shift_learned:
      return shift_rows(half, half.moves, rows);
    default:
      return move_rows(half, rows);
  }
}

}  // namespace puente
