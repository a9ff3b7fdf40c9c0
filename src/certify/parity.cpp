#include "certify/parity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/threads.h"
#include "tensor/linear.h"

namespace puente {
namespace {

std::vector<double> mean_row(MatrixView<const float> m) {
  std::vector<double> mean(static_cast<size_t>(m.cols));
  for (int64_t i = 0; i < m.rows; ++i) {
    for (int64_t j = 0; j < m.cols; ++j) mean[static_cast<size_t>(j)] += m.row(i)[j];
  }
  for (double& value : mean) value /= static_cast<double>(m.rows);
  return mean;
}

/// (row - centre) / its length; all zeros where that is 0.
Matrix directions(MatrixView<const float> m, const std::vector<double>& centre) {
  Matrix result(m.rows, m.cols);
  for (int64_t i = 0; i < m.rows; ++i) {
    double squares = 0;
    for (int64_t j = 0; j < m.cols; ++j) {
      const double x = m.row(i)[j] - centre[static_cast<size_t>(j)];
      squares += x * x;
    }
    if (squares == 0) continue;
    const double scale = 1 / std::sqrt(squares);
    for (int64_t j = 0; j < m.cols; ++j) {
      const double x = m.row(i)[j] - centre[static_cast<size_t>(j)];
      result(i, j) = static_cast<float>(x * scale);
    }
  }
  return result;
}

double dot(const float* a, const float* b, int64_t count) {
  double sum = 0;
  for (int64_t j = 0; j < count; ++j) sum += static_cast<double>(a[j]) * b[j];
  return sum;
}

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return sum;
}

/// The distance of int8's mean from fp32's, as a share of how far fp32's vectors lie from theirs.
double shift_of(MatrixView<const float> fp32, const std::vector<double>& centre,
                const std::vector<double>& other) {
  double squares = 0;
  for (int64_t i = 0; i < fp32.rows; ++i) {
    const std::vector<double> row(fp32.row(i), fp32.row(i) + fp32.cols);
    squares += squared_distance(row, centre) / static_cast<double>(fp32.rows);
  }
  const double moved = squared_distance(centre, other);
  return moved == 0 ? 0 : std::sqrt(moved / squares);
}

bool is_zero(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float x) { return x == 0; });
}

/// For each row of `unit`, the other row with the largest product; the first on ties.
std::vector<int64_t> nearest(const Matrix& unit, int threads) {
  const int64_t n = unit.rows();
  PackedLinear all(unit.cols(), n);
  all.set_weight(0, unit);
  std::vector<int64_t> result(static_cast<size_t>(n));
  const int64_t chunks = (n + kMostRows - 1) / kMostRows;
  parallel_for(chunks, threads, [&](int64_t chunk, int) {
    check_interrupt();
    const int64_t first = chunk * kMostRows, count = std::min<int64_t>(kMostRows, n - first);
    Matrix cosines(count, n);
    Operand operand;
    all.forward({unit.row(first), count, unit.cols(), unit.cols()}, Activation::none,
                cosines.view(), operand);
    for (int64_t i = 0; i < count; ++i) {
      cosines(i, first + i) = -std::numeric_limits<float>::infinity();
      const std::span<const float> row = cosines.row_span(i);
      result[static_cast<size_t>(first + i)] =
          std::max_element(row.begin(), row.end()) - row.begin();
    }
  });
  return result;
}

bool equal_rows(MatrixView<const float> m, int64_t i, int64_t j) {
  return std::equal(m.row(i), m.row(i) + m.cols, m.row(j));
}

/// The sum over all pairs of u_i . u_j is |sum of u|^2, of which the diagonal is no pair.
double mean_pairwise_cosine(MatrixView<const float> m) {
  const std::vector<double> origin(static_cast<size_t>(m.cols));
  const Matrix unit = directions(m, origin);
  double squares = 0, diagonal = 0;
  for (const double value : mean_row(unit)) squares += value * value;
  for (int64_t i = 0; i < m.rows; ++i) diagonal += dot(unit.row(i), unit.row(i), m.cols);
  const auto n = static_cast<double>(m.rows);
  return (squares * n * n - diagonal) / (n * (n - 1));
}

}  // namespace

Parity measure_parity(MatrixView<const float> fp32, MatrixView<const float> int8, int threads) {
  PUENTE_ASSERT(fp32.rows == int8.rows && fp32.cols == int8.cols);
  PUENTE_ASSERT(fp32.rows >= 2 && fp32.cols > 0);
  const std::vector<double> centre = mean_row(fp32), other = mean_row(int8);
  const Matrix a = directions(fp32, centre), b = directions(int8, other);
  Parity parity;
  parity.inputs = fp32.rows;
  parity.lowest_cosine = 1;
  for (int64_t i = 0; i < a.rows(); ++i) {
    double cosine = dot(a.row(i), b.row(i), a.cols());
    if (is_zero(a.row_span(i)) && is_zero(b.row_span(i))) cosine = 1;
    parity.mean_cosine += std::min(cosine, 1.0);
    parity.lowest_cosine = std::min(parity.lowest_cosine, cosine);
  }
  parity.mean_cosine /= static_cast<double>(a.rows());

  const std::vector<int64_t> of_fp32 = nearest(a, threads), of_int8 = nearest(b, threads);
  int64_t same = 0;
  for (size_t i = 0; i < of_fp32.size(); ++i) {
    same += of_fp32[i] == of_int8[i] || equal_rows(fp32, of_fp32[i], of_int8[i]) ? 1 : 0;
  }
  parity.same_neighbour = static_cast<double>(same) / static_cast<double>(a.rows());
  parity.shift = shift_of(fp32, centre, other);
  parity.cone = mean_pairwise_cosine(fp32);
  return parity;
}

}  // namespace puente
