#include "tensor/rms_norm.h"

#include <cmath>
#include <gtest/gtest.h>

#include "random_matrix.h"
#include "support/targets.h"

namespace puente {
namespace {

TEST(RmsNorm, agrees_with_its_formula) {
  test::on_every_target([] {
    for (const int64_t columns : {1, 7, 16, 33, 100}) {
      const Matrix x = test::random_matrix(3, columns, 1, 2);
      RmsNorm norm;
      norm.epsilon = 1e-3f;
      norm.gamma.resize(static_cast<size_t>(columns));
      for (int64_t j = 0; j < columns; ++j)
        norm.gamma[static_cast<size_t>(j)] = 0.5f + static_cast<float>(j % 5);
      Matrix y(3, columns);
      rms_norm(x, norm, y.view());
      for (int64_t i = 0; i < 3; ++i) {
        double squares = 0;
        for (int64_t j = 0; j < columns; ++j) squares += double{x(i, j)} * x(i, j);
        const double root = std::sqrt(squares / static_cast<double>(columns) + 1e-3);
        for (int64_t j = 0; j < columns; ++j) {
          EXPECT_NEAR(y(i, j), x(i, j) / root * norm.gamma[static_cast<size_t>(j)], 2e-6);
        }
      }
    }
  });
}

TEST(RmsNorm, in_place_is_the_same) {
  Matrix x = test::random_matrix(4, 50, 9), y(4, 50);
  RmsNorm norm{AlignedVector<float>(50, 1.25f), 1e-6f};
  rms_norm(x, norm, y.view());
  rms_norm(x, norm, x.view());
  for (int64_t i = 0; i < x.size(); ++i) EXPECT_EQ(x.data()[i], y.data()[i]);
}

}  // namespace
}  // namespace puente
