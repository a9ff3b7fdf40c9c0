#include "tensor/swiglu.h"

#include <cmath>
#include <gtest/gtest.h>

#include "random_matrix.h"
#include "support/targets.h"

namespace puente {
namespace {

TEST(SwiGlu, agrees_with_its_formula) {
  test::on_every_target([] {
    for (const int64_t count : {1, 15, 16, 100}) {
      const Matrix gate = test::random_matrix(1, count, 1, 20),
                   up = test::random_matrix(1, count, 2);
      Matrix y(1, count);
      swiglu(gate.row_span(0), up.row_span(0), y.row_span(0));
      for (int64_t i = 0; i < count; ++i) {
        const double g = gate(0, i);
        const double expected = g / (1 + std::exp(-g)) * up(0, i);
        EXPECT_NEAR(y(0, i), expected, 1e-6 * std::max(1.0, std::abs(expected)));
      }
    }
  });
}

}  // namespace
}  // namespace puente
