#include "align/live_rows.h"

#include <algorithm>
#include <cmath>

#include "align/unit_vector.h"
#include "base/error.h"

namespace puente {
namespace {

/// The derivative of a learned shift's row by lambda. With v = u + m lambda g and y = v / |v| it is
/// (m g - y (y . m g)) / |v|.
void write_slope(std::span<const double> unit, std::span<const double> g, double m, double lambda,
                 std::span<const double> y, std::span<float> slope) {
  double squares = 0, along = 0;
  for (size_t j = 0; j < unit.size(); ++j) {
    const double v = unit[j] + m * lambda * g[j];
    squares += v * v;
    along += y[j] * m * g[j];
  }
  const double length = std::sqrt(squares);
  for (size_t j = 0; j < unit.size(); ++j) {
    slope[j] = length > 0 ? static_cast<float>((m * g[j] - y[j] * along) / length) : 0.0f;
  }
}

/// rows -> moved; slope, if wanted, gets the derivatives from its column `to` on.
void learned_shift(const FittedHalf& half, double m, double lambda, BasicMatrix<double>& rows,
                   int64_t to, MatrixView<float> slope) {
  if (slope.data == nullptr) return shift_rows(half, m * lambda, rows);
  BasicMatrix<double> units = rows;
  shift_rows(half, m * lambda, rows);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const std::span<float> own(slope.row(i) + to, static_cast<size_t>(rows.cols()));
    if (normalise(units.row_span(i))) {
      write_slope(units.row_span(i), half.direction, m, lambda, rows.row_span(i), own);
    } else {
      std::ranges::fill(own, 0.0f);
    }
  }
}

}  // namespace

bool LiveRows::learns_lambda() const { return steps_.back().step.kind == AlignKind::shift_learned; }

void LiveRows::train(std::span<const float* const> rows, const NoiseKey& key, double lambda,
                     MatrixView<float> out, MatrixView<float> slope) const {
  make(rows, &key, lambda, out, slope);
}

Matrix LiveRows::scored(std::span<const float* const> rows, double lambda) const {
  constexpr size_t kScoredAtOnce = 64;  // what is made in double on the way
  Matrix out(static_cast<int64_t>(rows.size()), outputs());
  for (size_t begin = 0; begin < rows.size(); begin += kScoredAtOnce) {
    const size_t size = std::min(kScoredAtOnce, rows.size() - begin);
    make(rows.subspan(begin, size), nullptr, lambda,
         {out.row(static_cast<int64_t>(begin)), static_cast<int64_t>(size), out.cols(), out.cols()},
         {});
  }
  return out;
}

void LiveRows::make(std::span<const float* const> rows, const NoiseKey* key, double lambda,
                    MatrixView<float> out, MatrixView<float> slope) const {
  PUENTE_ASSERT(out.rows == static_cast<int64_t>(rows.size()) && out.cols == outputs());
  make_half(&FittedStep::image, rows, 0, key, lambda, out, 0, slope);
  make_half(&FittedStep::text, rows, image_inputs(), key, lambda, out, steps_.back().image.outputs,
            slope);
}

void LiveRows::make_half(FittedHalf FittedStep::*half, std::span<const float* const> rows,
                         int64_t from, const NoiseKey* key, double lambda, MatrixView<float> out,
                         int64_t to, MatrixView<float> slope) const {
  const int64_t inputs = (steps_.front().*half).inputs;
  if (inputs == 0) return;
  const bool is_text = half == &FittedStep::text;
  BasicMatrix<double> made(out.rows, inputs);
  for (int64_t i = 0; i < made.rows(); ++i) {
    std::copy_n(rows[static_cast<size_t>(i)] + from, inputs, made.row(i));
  }
  for (size_t s = 0; s < steps_.size(); ++s) {
    const FittedStep& step = steps_[s];
    if (key != nullptr) add_noise(step.step, *key, 2 * s + (is_text ? 1 : 0), made);
    if (step.step.kind == AlignKind::shift_learned) {
      learned_shift(step.*half, moves_per_lambda(step.step.kind, is_text), lambda, made, to, slope);
    } else {
      apply(step.step.kind, step.*half, made);
    }
  }
  for (int64_t i = 0; i < made.rows(); ++i) {
    float* const row = out.row(i) + to;
    for (int64_t j = 0; j < made.cols(); ++j) row[j] = static_cast<float>(made(i, j));
  }
}

}  // namespace puente
