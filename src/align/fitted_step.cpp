#include "align/fitted_step.h"

#include <algorithm>
#include <span>

#include "align/unit_vector.h"
#include "base/error.h"
#include "tensor/products.h"

namespace puente {
namespace {

void move_rows(const FittedHalf& half, BasicMatrix<double>& rows) {
  for (int64_t i = 0; i < rows.rows(); ++i) {
    double* row = rows.row(i);
    for (size_t j = 0; j < half.mean.size(); ++j) row[j] -= half.mean[j];
    for (size_t j = 0; j < half.scale.size(); ++j) row[j] *= half.scale[j];
  }
  if (!half.map.empty()) {
    BasicMatrix<double> out(rows.rows(), half.outputs);
    multiply_by_transposed<double>(rows, half.map, out.view());
    rows = std::move(out);
  }
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

double moves_per_lambda(AlignKind shift, bool is_text) {
  return is_text && shift != AlignKind::shift_printed ? 0.5 : -0.5;
}

void set_lambda(FittedStep& shift, double lambda) {
  shift.image.moves = moves_per_lambda(shift.step.kind, false) * lambda;
  shift.text.moves = moves_per_lambda(shift.step.kind, true) * lambda;
}

void apply(AlignKind kind, const FittedHalf& half, BasicMatrix<double>& rows) {
  PUENTE_ASSERT(rows.cols() == half.inputs);
  if (is_shift(kind)) return shift_rows(half, half.moves, rows);
  if (kind == AlignKind::normalise) {
    for (int64_t i = 0; i < rows.rows(); ++i) normalise(rows.row_span(i));
    return;
  }
  move_rows(half, rows);
}

}  // namespace puente
