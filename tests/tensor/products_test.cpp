#include "tensor/products.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "support/targets.h"

namespace puente {
namespace {

using Doubles = BasicMatrix<double>;

Doubles random_doubles(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Doubles m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = rng.normal();
  return m;
}

TEST(Products, AreThoseOfTheObviousLoops) {
  test::on_every_target([] {
    for (const int64_t n : {1, 3, 4, 7, 25, 50}) {
      for (const int64_t m : {1, 2, 5, 9}) {
        const Doubles a = random_doubles(m, n, 1), b = random_doubles(5, n, 2),
                      r = random_doubles(n, m, 3);
        const Doubles s = random_doubles(n, 26, 4);
        Matrix floats(m, n);
        for (int64_t i = 0; i < a.size(); ++i) floats.data()[i] = static_cast<float>(a.data()[i]);
        Doubles c(m, 5), cf(m, 5), d(m, 26);
        multiply_by_transposed<double>(a, b, c.view());
        multiply_by_transposed<float>(floats, b, cf.view());
        std::fill_n(d.data(), d.size(), 1.0);
        add_transposed_product<double>(r, s, d.view());
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < 5; ++j) {
            double sum = 0, float_sum = 0;
            for (int64_t k = 0; k < n; ++k) sum += a(i, k) * b(j, k);
            for (int64_t k = 0; k < n; ++k) float_sum += floats(i, k) * b(j, k);
            EXPECT_NEAR(c(i, j), sum, 1e-13 * n);
            EXPECT_NEAR(cf(i, j), float_sum, 1e-13 * n);
          }
          for (int64_t j = 0; j < 26; ++j) {
            double sum = 1;
            for (int64_t k = 0; k < n; ++k) sum += r(k, i) * s(k, j);
            EXPECT_NEAR(d(i, j), sum, 1e-13 * n);
          }
        }
      }
    }
  });
}

TEST(Products, AResultDoesNotDependOnWhereItStands) {
  const Doubles a = random_doubles(9, 31, 1), b = random_doubles(6, 31, 2);
  Doubles all(9, 6);
  multiply_by_transposed<double>(a, b, all.view());
  for (int64_t i = 0; i < 9; ++i) {
    for (int64_t j = 0; j < 6; ++j) {
      Doubles one(1, 1);
      multiply_by_transposed<double>({a.row(i), 1, 31, 31}, {b.row(j), 1, 31, 31}, one.view());
      EXPECT_EQ(one(0, 0), all(i, j));
    }
  }
}

}  // namespace
}  // namespace puente
