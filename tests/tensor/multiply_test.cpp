#include "tensor/multiply.h"

#include <cfloat>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

#include "puente/error.h"

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/linear.h"
#include "tensor/naive.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

struct Shape {
  int64_t m, k, n;
};

// Tiles are 14 x 32, 6 x 16 or smaller; blocks of x are 112 x 768. Sizes lie around those borders.
constexpr Shape kShapes[] = {{0, 8, 8},     {1, 1, 1},     {1, 64, 17},   {2, 3, 5},
                             {5, 7, 31},    {6, 16, 16},   {7, 33, 33},   {13, 64, 48},
                             {14, 64, 64},  {15, 100, 47}, {50, 64, 50},  {27, 768, 49},
                             {113, 20, 40}, {230, 5, 16},  {29, 769, 65}, {4, 1600, 15}};

constexpr Activation kActivations[] = {Activation::relu, Activation::tanh,
                                       Activation::silu, Activation::quick_gelu,
                                       Activation::gelu, Activation::gelu_tanh};

PackedLinear make_linear(const Matrix& w, const Matrix& bias) {
  PackedLinear linear(w.cols(), w.rows());
  linear.set_weight(0, w);
  linear.set_bias(0, bias.row_span(0));
  return linear;
}

/// |computed - exact| of a chain of K multiply-adds and a bias: at most gamma = (K + 2) u times the
/// sum of the absolute products (Higham 2002, 3.1), u = 2^-24 (twice that where the multiplication
/// is rounded too), carried through an activation of slope at most 1.13, plus the activation's own
/// error and one rounding each for the residual and the reference's last step.
double tolerance(int64_t k, double sum_of_products, double value, double residual) {
  constexpr double u = FLT_EPSILON / 2;
  return 1.13 * 2 * static_cast<double>(k + 2) * u * sum_of_products + 2.5e-7 * std::abs(value) +
         3 * u * (std::abs(value) + std::abs(residual)) + 1e-30;
}

void check(const Shape& s, Activation activation, bool with_residual) {
  SCOPED_TRACE(testing::Message() << "M " << s.m << " K " << s.k << " N " << s.n << " activation "
                                  << static_cast<int>(activation) << " residual " << with_residual);
  const Matrix x = random_matrix(s.m, s.k, 1), w = random_matrix(s.n, s.k, 2, 2),
               bias = random_matrix(1, s.n, 3);
  const Matrix residual = with_residual ? random_matrix(s.m, s.n, 4) : Matrix();
  const PackedLinear linear = make_linear(w, bias);
  Operand scratch;
  // One column and one row more, to see writes beyond the end.
  Matrix y(s.m + 1, s.n + 1);
  for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = 123;
  const MatrixView<float> view{y.data(), s.m, s.n, s.n + 1};
  if (with_residual) {
    for (int64_t i = 0; i < s.m; ++i) std::copy_n(residual.row(i), s.n, view.row(i));
    in_row_chunks(s.m, [&](int64_t first, int64_t count) {
      scratch.set({x.row(first), count, s.k, s.k}, Precision::fp32);
      linear.forward_add(scratch, {view.row(first), count, s.n, s.n + 1});
    });
  } else {
    linear.forward(x, activation, view, scratch);
  }
  const Matrix expected = naive::linear(x, w, bias.data(), activation, residual);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double products = std::abs(bias(0, j));
      for (int64_t k = 0; k < s.k; ++k)
        products += std::abs(static_cast<double>(x(i, k)) * w(j, k));
      const double r = with_residual ? residual(i, j) : 0;
      ASSERT_NEAR(y(i, j), expected(i, j), tolerance(s.k, products, expected(i, j) - r, r))
          << "row " << i << " column " << j;
    }
    ASSERT_EQ(y(i, s.n), 123) << "written beyond row " << i;
  }
  for (int64_t j = 0; j <= s.n; ++j) ASSERT_EQ(y(s.m, j), 123) << "written beyond the last row";
}

TEST(Multiply, AgreesWithTheNaiveOne) {
  on_every_target([] {
    for (const Shape& shape : kShapes) {
      check(shape, Activation::none, false);
      check(shape, Activation::none, true);
      for (const Activation activation : kActivations) check(shape, activation, false);
    }
  });
}

TEST(Multiply, ARowDoesNotDependOnItsNeighbours) {
  on_every_target([] {
    const Matrix x = random_matrix(130, 900, 1), w = random_matrix(50, 900, 2),
                 bias = random_matrix(1, 50, 3);
    const PackedLinear linear = make_linear(w, bias);
    Operand scratch;
    Matrix all(x.rows(), 50);
    linear.forward(x, Activation::quick_gelu, all.view(), scratch);
    for (const int64_t count : {1, 2, 3, 5, 13, 14, 15, 29, 112, 129}) {
      for (const int64_t first : {int64_t{0}, 130 - count}) {
        Matrix some(count, 50);
        linear.forward({x.row(first), count, x.cols(), x.cols()}, Activation::quick_gelu,
                       some.view(), scratch);
        ASSERT_EQ(std::memcmp(some.data(), all.row(first),
                              static_cast<size_t>(some.size()) * sizeof(float)),
                  0)
            << count << " rows from " << first;
      }
    }
  });
}

TEST(Multiply, IsTheSameOnAvx2AndAvx512) {
  if (test::avx2_target() == 0) GTEST_SKIP() << "this CPU has no AVX2";
  const Matrix x = random_matrix(37, 1000, 1), w = random_matrix(70, 1000, 2),
               bias = random_matrix(1, 70, 3);
  const PackedLinear linear = make_linear(w, bias);
  Operand scratch;
  Matrix best(37, 70), avx2(37, 70);
  linear.forward(x, Activation::none, best.view(), scratch);
  hwy::SetSupportedTargetsForTest(test::avx2_target());
  hwy::GetChosenTarget().Update(test::avx2_target());
  linear.forward(x, Activation::none, avx2.view(), scratch);
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  EXPECT_EQ(best, avx2);
}

TEST(Multiply, NumbersThatAreNoneStayInTheirRow) {
  on_every_target([] {
    Matrix x = random_matrix(20, 40, 1);
    x(3, 7) = std::numeric_limits<float>::quiet_NaN();
    x(5, 0) = std::numeric_limits<float>::infinity();
    const Matrix w = random_matrix(18, 40, 2), bias(1, 18);
    const PackedLinear linear = make_linear(w, bias);
    Operand scratch;
    Matrix y(20, 18);
    linear.forward(x, Activation::none, y.view(), scratch);
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t j = 0; j < 18; ++j) EXPECT_EQ(std::isfinite(y(i, j)), i != 3 && i != 5) << i;
    }
  });
}

TEST(Multiply, ActivationsHoldAtTheEnds) {
  on_every_target([] {
    // x B = x for a matrix of one column that holds 1.
    PackedLinear one(1, 1);
    const Matrix weight = [] {
      Matrix m(1, 1);
      m(0, 0) = 1;
      return m;
    }();
    one.set_weight(0, weight);
    Operand scratch;
    for (const float v : {-1e30f, -200.0f, -60.0f, -20.0f, -9.0f, -5.0f, -1.0f, -1e-3f, -1e-20f,
                          0.0f, 1e-20f, 1e-3f, 0.5f, 3.0f, 9.0f, 60.0f, 1e30f}) {
      Matrix x(1, 1), y(1, 1);
      x(0, 0) = v;
      for (const Activation activation : kActivations) {
        one.forward(x, activation, y.view(), scratch);
        const double expected = naive::activate(activation, v);
        EXPECT_NEAR(y(0, 0), expected,
                    3e-7 * std::min(1.0, std::abs(expected) + 1.0) + 3e-7 * std::abs(expected))
            << v;
      }
    }
  });
}

TEST(Multiply, WeightsMayComeInPieces) {
  const Matrix w = random_matrix(70, 30, 1), bias = random_matrix(1, 70, 2),
               x = random_matrix(9, 30, 3);
  const PackedLinear whole = make_linear(w, bias);
  PackedLinear pieces(30, 70);
  for (int64_t first = 0; first < 70; first += 11) {
    const int64_t rows = std::min<int64_t>(11, 70 - first);
    pieces.set_weight(first, {w.row(first), rows, 30, 30});
    pieces.set_bias(first, {bias.data() + first, static_cast<size_t>(rows)});
  }
  Operand scratch;
  Matrix a(9, 70), b(9, 70);
  whole.forward(x, Activation::none, a.view(), scratch);
  pieces.forward(x, Activation::none, b.view(), scratch);
  EXPECT_EQ(a, b);
}

TEST(Multiply, AResultMayBeTheNextOperand) {
  on_every_target([] {
    for (const int64_t middle : {5, 96, 768, 800, 1600}) {
      const Matrix x = random_matrix(40, 60, 1), w1 = random_matrix(middle, 60, 2),
                   b1 = random_matrix(1, middle, 3), w2 = random_matrix(33, middle, 4),
                   b2 = random_matrix(1, 33, 5);
      const PackedLinear first = make_linear(w1, b1), second = make_linear(w2, b2);
      Operand operand, hidden;
      AlignedVector<float> floats;
      Matrix direct(40, 33), apart(40, 33), between(40, middle);
      operand.set(x, Precision::fp32);
      first.forward(operand, Activation::gelu, hidden, floats);
      second.forward(hidden, Activation::none, direct.view());
      first.forward(x, Activation::gelu, between.view(), operand);
      second.forward(between, Activation::none, apart.view(), operand);
      EXPECT_EQ(direct, apart) << middle;
    }
  });
}

TEST(Multiply, RefusesShapesThatDoNotFit) {
  const PackedLinear linear(4, 3);
  Operand scratch;
  Matrix x(2, 5), y(2, 3);
  EXPECT_THROW(linear.forward(x, Activation::none, y.view(), scratch), InternalError);
  Matrix right(2, 4);
  EXPECT_NO_THROW(linear.forward(right, Activation::none, y.view(), scratch));
  Operand many;
  EXPECT_THROW(many.set(Matrix(kMostRows + 1, 4), Precision::fp32), InternalError);
}

}  // namespace
}  // namespace puente
