#include "tensor/layer_norm.h"

#include <cmath>
#include <gtest/gtest.h>

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/elementwise.h"
#include "tensor/naive.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

LayerNorm make_norm(int64_t columns) {
  LayerNorm norm;
  const Matrix g = random_matrix(1, columns, 11), b = random_matrix(1, columns, 12);
  norm.gamma.assign(g.data(), g.data() + columns);
  norm.beta.assign(b.data(), b.data() + columns);
  return norm;
}

TEST(LayerNorm, AgreesWithTheNaiveOne) {
  on_every_target([] {
    for (const int64_t columns : {1, 3, 16, 31, 64, 768}) {
      for (const double offset : {0.0, 50.0}) {
        Matrix x = random_matrix(4, columns, 5);
        for (int64_t i = 0; i < x.size(); ++i) x.data()[i] += static_cast<float>(offset);
        const LayerNorm norm = make_norm(columns);
        const Matrix expected = naive::layer_norm(x, norm);
        layer_norm(x, norm, x.view());
        // The mean is off by up to C u |x| if summed in a row; 16 or fewer sums side by side make
        // it less. Divided by a deviation near 0.58 (uniform numbers).
        const double tolerance =
            (static_cast<double>(columns) + 8) * 6e-8 * (offset + 1) * 4 + 1e-6;
        for (int64_t i = 0; i < x.size(); ++i) {
          ASSERT_NEAR(x.data()[i], expected.data()[i], tolerance)
              << columns << " columns, offset " << offset;
        }
      }
    }
  });
}

TEST(LayerNorm, EqualNumbersGiveBeta) {
  on_every_target([] {
    Matrix x(2, 19), y(2, 19);
    for (int64_t j = 0; j < 19; ++j) x(0, j) = 2;
    const LayerNorm norm = make_norm(19);
    layer_norm(x, norm, y.view());
    for (int64_t i = 0; i < 2; ++i) {
      for (int64_t j = 0; j < 19; ++j) EXPECT_EQ(y(i, j), norm.beta[static_cast<size_t>(j)]);
    }
  });
}

TEST(Elementwise, NormalisesLength) {
  Matrix x = random_matrix(1, 37, 3, 1e6);
  EXPECT_GT(normalise_length(x.row_span(0)), 1);
  double square = 0;
  for (const float v : x.row_span(0)) square += static_cast<double>(v) * v;
  EXPECT_NEAR(square, 1, 1e-6);
  Matrix zero(1, 5);
  EXPECT_EQ(normalise_length(zero.row_span(0)), 0);
  EXPECT_EQ(zero, Matrix(1, 5));
  x(0, 1) = NAN;
  EXPECT_TRUE(std::isnan(normalise_length(x.row_span(0))));
}

TEST(Elementwise, FindsWhatIsNoNumber) {
  Matrix x = random_matrix(1, 100, 3);
  EXPECT_EQ(first_not_finite(x.row_span(0)), -1);
  EXPECT_EQ(first_not_finite({}), -1);
  x(0, 99) = -INFINITY;
  EXPECT_EQ(first_not_finite(x.row_span(0)), 99);
  x(0, 99) = 0;
  x(0, 4) = NAN;
  EXPECT_EQ(first_not_finite(x.row_span(0)), 4);
}

}  // namespace
}  // namespace puente
