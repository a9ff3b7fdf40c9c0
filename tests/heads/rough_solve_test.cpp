#include "heads/rough_solve.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace puente {
namespace {

BasicMatrix<double> normal_numbers(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  BasicMatrix<double> m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = rng.normal();
  return m;
}

TEST(RoughSolve, IsNearTheExactOne) {
  for (const int64_t n : {1, 7, 130}) {
    BasicMatrix<double> a(n, n);
    const BasicMatrix<double> root = normal_numbers(2 * n, n, 1);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) {
        for (int64_t k = 0; k < 2 * n; ++k) a(i, j) += root(k, i) * root(k, j);
      }
    }
    const Cholesky exact(a);
    const RoughSolve rough(exact);
    for (const int64_t sides : {1, 8, 11}) {  // fewer than go together, as many, and more
      BasicMatrix<double> x = normal_numbers(sides, n, 2), y = x;
      exact.solve(x.view());
      rough.solve(y.view());
      double largest = 0;
      for (int64_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::abs(x.data()[i]));
      for (int64_t i = 0; i < x.size(); ++i) {
        EXPECT_NEAR(y.data()[i], x.data()[i], 1e-4 * largest) << n << " " << sides << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace puente
