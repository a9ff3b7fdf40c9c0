#include "heads/rough_solve.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace puente {
namespace {

constexpr int64_t kSides = 8;  // right sides that go together
using Sides = std::array<float, kSides>;

/// y -= factor * x
void subtract(float factor, const Sides& x, Sides& y) {
  for (size_t r = 0; r < kSides; ++r) y[r] -= factor * x[r];
}

/// y -= factors[0] * x[0] + factors[1] * x[1] + ..., as sums that do not wait for each other.
void subtract_all(const float* factors, const Sides* x, int64_t count, Sides& y) {
  std::array<Sides, 4> sums{};
  int64_t j = 0;
  for (; j + 4 <= count; j += 4) {
    for (int64_t s = 0; s < 4; ++s)
      subtract(factors[j + s], x[j + s], sums[static_cast<size_t>(s)]);
  }
  for (; j < count; ++j) subtract(factors[j], x[j], sums[0]);
  for (size_t r = 0; r < kSides; ++r) y[r] += sums[0][r] + sums[1][r] + (sums[2][r] + sums[3][r]);
}

}  // namespace

RoughSolve::RoughSolve(const Cholesky& factor) : n_(factor.u().rows) {
  PUENTE_ASSERT(factor.ok());
  u_.reserve(static_cast<size_t>(n_ * (n_ + 1) / 2));
  for (int64_t i = 0; i < n_; ++i) {
    for (int64_t j = i; j < n_; ++j) u_.push_back(static_cast<float>(factor.u().row(i)[j]));
  }
}

void RoughSolve::solve(MatrixView<double> x) const {
  PUENTE_ASSERT(x.cols == n_);
  AlignedVector<Sides> y(static_cast<size_t>(n_));
  for (int64_t first = 0; first < x.rows; first += kSides) {
    const int64_t count = std::min(kSides, x.rows - first);
    for (int64_t i = 0; i < n_; ++i) {
      Sides& sides = y[static_cast<size_t>(i)];
      for (int64_t r = 0; r < kSides; ++r) {
        sides[static_cast<size_t>(r)] = r < count ? static_cast<float>(x.row(first + r)[i]) : 0;
      }
    }
    const float* u = u_.data();
    for (int64_t i = 0; i < n_; u += n_ - i, ++i) {  // U^T y = b
      Sides& at = y[static_cast<size_t>(i)];
      for (float& side : at) side /= u[0];
      const Sides solved = at;
      Sides* below = &at;
      for (int64_t j = 1; j < n_ - i; ++j) subtract(u[j], solved, below[j]);
    }
    for (int64_t i = n_; i-- > 0;) {  // U x = y
      u -= n_ - i;
      Sides* at = &y[static_cast<size_t>(i)];
      subtract_all(u + 1, at + 1, n_ - i - 1, at[0]);
      for (float& side : at[0]) side /= u[0];
    }
    for (int64_t r = 0; r < count; ++r) {
      for (int64_t i = 0; i < n_; ++i) {
        x.row(first + r)[i] =
            static_cast<double>(y[static_cast<size_t>(i)][static_cast<size_t>(r)]);
      }
    }
  }
}

}  // namespace puente
