#include "heads/cholesky.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "tensor/products.h"

namespace puente {
namespace {

constexpr int64_t kBlock = 64;

void subtract(double factor, const double* x, int64_t n, double* y) {
  for (int64_t i = 0; i < n; ++i) y[i] -= factor * x[i];
}

/// In four sums, because one would wait for itself at every step; in a fixed order.
double dot(const double* x, const double* y, int64_t n) {
  double sums[4] = {};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int64_t j = 0; j < 4; ++j) sums[j] += x[i + j] * y[i + j];
  }
  for (; i < n; ++i) sums[0] += x[i] * y[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

Cholesky::Cholesky(BasicMatrix<double> a) : u_(std::move(a)) {
  PUENTE_ASSERT(u_.rows() == u_.cols());
  const int64_t n = u_.rows();
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    check_interrupt();
    const int64_t end = std::min(begin + kBlock, n);
    for (int64_t i = begin; i < end; ++i) {
      if (!(u_(i, i) > 0)) {
        ok_ = false;
        return;
      }
      const double root = std::sqrt(u_(i, i));
      for (int64_t j = i; j < n; ++j) u_(i, j) /= root;
      for (int64_t k = i + 1; k < end; ++k) {
        subtract(u_(i, k), u_.row(i) + k, n - k, u_.row(k) + k);
      }
    }
    if (end == n) break;
    const MatrixView<const double> panel = {u_.row(begin) + end, end - begin, n - end, n};
    BasicMatrix<double> negative(panel.rows, panel.cols);
    for (int64_t i = 0; i < panel.rows; ++i) {
      std::transform(panel.row(i), panel.row(i) + panel.cols, negative.row(i), std::negate<>());
    }
    add_transposed_product<double>(negative, panel, {u_.row(end) + end, n - end, n - end, n},
                                   ProductPart::upper);
  }
}

void Cholesky::solve(MatrixView<double> x) const {
  PUENTE_ASSERT(ok_ && x.cols == u_.cols());
  const int64_t n = x.cols;
  for (int64_t i = 0; i < n; ++i) {  // U^T y = b
    const double* u = u_.row(i);
    for (int64_t r = 0; r < x.rows; ++r) {
      double* y = x.row(r);
      y[i] /= u[i];
      subtract(y[i], u + i + 1, n - i - 1, y + i + 1);
    }
  }
  for (int64_t i = n; i-- > 0;) {  // U x = y
    const double* u = u_.row(i);
    for (int64_t r = 0; r < x.rows; ++r) {
      double* y = x.row(r);
      y[i] = (y[i] - dot(u + i + 1, y + i + 1, n - i - 1)) / u[i];
    }
  }
}

}  // namespace puente
