#include "heads/cholesky.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace puente {
namespace {

using Doubles = BasicMatrix<double>;

Doubles random(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Doubles m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = rng.normal();
  return m;
}

TEST(Cholesky, Solves) {
  for (const int64_t n : {1, 2, 63, 64, 65, 200}) {
    const Doubles root = random(n + 5, n, 7), x = random(3, n, 8);
    Doubles a(n, n);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = i; j < n; ++j) {  // below the diagonal stays 0
        for (int64_t k = 0; k < n + 5; ++k) a(i, j) += root(k, i) * root(k, j);
      }
    }
    Doubles b(3, n);
    for (int64_t r = 0; r < 3; ++r) {
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) b(r, i) += (i <= j ? a(i, j) : a(j, i)) * x(r, j);
      }
    }
    const Cholesky cholesky(a);
    ASSERT_TRUE(cholesky.ok());
    cholesky.solve(b.view());
    for (int64_t i = 0; i < x.size(); ++i) EXPECT_NEAR(b.data()[i], x.data()[i], 1e-8) << n;
  }
}

TEST(Cholesky, SaysWhereThereIsNothingToSolveWith) {
  Doubles a(2, 2);
  a(0, 0) = a(0, 1) = a(1, 0) = a(1, 1) = 1;
  EXPECT_FALSE(Cholesky(a).ok());
}

}  // namespace
}  // namespace puente
