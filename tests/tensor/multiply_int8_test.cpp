#include "tensor/multiply_int8.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "puente/error.h"

#include "base/rng.h"
#include "random_matrix.h"
#include "support/files.h"
#include "support/targets.h"
#include "tensor/kernel_target.h"
#include "tensor/linear.h"
#include "tensor/naive.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

/// The forms that the chosen instruction set can multiply.
std::vector<IntegerForm> forms() {
  if (best_integer_form() == IntegerForm::pairs) return {IntegerForm::pairs};
  return {best_integer_form(), IntegerForm::pairs};
}

/// Of a row whose numbers lie from -1 to 1.
double row_step(IntegerForm form) {
  if (form == IntegerForm::pairs) return 1.0 / 2047;
  return 2.0 / (form == IntegerForm::narrow_quads ? 127 : 255);
}

void on_every_target_and_form(const std::function<void(IntegerForm)>& body) {
  on_every_target([&] {
    for (const IntegerForm form : forms()) {
      SCOPED_TRACE(name_of(form));
      body(form);
    }
  });
}

QuantisedMatrix quantised(const Matrix& w, IntegerForm form) {
  QuantisedMatrix b(w.cols(), w.rows(), form);
  b.set_columns(0, w);
  return b;
}

/// x B as the quantised numbers say it: whole sums in 64 bits, then the scales in double.
double expected(const QuantisedRows& x, const QuantisedMatrix& b, int64_t row, int64_t column) {
  int64_t whole = 0;
  double outliers = 0;
  for (int64_t k = 0; k < x.depth(); ++k) {
    const double scale = x.scales()[row];
    bool is_outlier = false;
    for (const QuantisedRows::Outlier& outlier : x.outliers(row)) {
      is_outlier |= outlier.column == k;
    }
    const double value = x.value(row, k);
    if (is_outlier) {
      outliers += value * b.fine_value(k, column);
    } else if (scale > 0) {
      whole += std::llround(value / scale) * b.value(k, column);
    }
  }
  return (static_cast<double>(whole) * static_cast<double>(x.scales()[row]) + outliers) *
         static_cast<double>(b.scales()[column]);
}

TEST(MultiplyInt8, AgreesWithWholeNumbers) {
  on_every_target_and_form([](IntegerForm form) {
    constexpr int64_t kShapes[][3] = {{1, 1, 1},     {2, 3, 5},     {5, 7, 31},    {14, 64, 64},
                                      {15, 100, 47}, {29, 769, 65}, {4, 1600, 15}, {112, 33, 33}};
    for (const auto& [m, k, n] : kShapes) {
      SCOPED_TRACE(testing::Message() << "M " << m << " K " << k << " N " << n);
      Matrix x = random_matrix(m, k, 1);
      const Matrix bias = random_matrix(1, (n + 15) / 16 * 16, 3);
      if (k > 60) x(m - 1, 50) = 40;  // an outlier
      const QuantisedMatrix b = quantised(random_matrix(n, k, 2), form);
      QuantisedRows rows;
      rows.set(x, form);
      for (const bool accumulate : {false, true}) {
        Matrix y(m + 1, n + 1);
        for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = 123;
        multiply(rows, b, {bias.data(), Activation::none, accumulate}, {y.data(), m, n, n + 1});
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            const double product = expected(rows, b, i, j);
            const double value = product + bias(0, j) + (accumulate ? 123 : 0);
            // The whole sum is rounded once, then a few steps in float.
            ASSERT_NEAR(y(i, j), value, 4e-7 * (std::abs(product) + std::abs(value) + 1))
                << i << " " << j;
          }
          ASSERT_EQ(y(i, n), 123);
        }
        for (int64_t j = 0; j <= n; ++j) ASSERT_EQ(y(m, j), 123);
      }
    }
  });
}

/// The worst case: every product the largest there is, of both signs, at every depth. Sums that
/// saturate or overflow anywhere would show.
TEST(MultiplyInt8, TheLargestNumbersAreExact) {
  on_every_target_and_form([](IntegerForm form) {
    std::vector<int64_t> depths;
    for (int64_t k = 1; k <= 130; ++k) depths.push_back(k);
    for (const int64_t k : {255, 256, 512, 767, 768, 769, 1024, 3072, 4096, 8192, 8320}) {
      depths.push_back(k);
    }
    for (const int64_t k : depths) {
      for (const float sign : {1.0f, -1.0f}) {
        Matrix w(18, k), x(3, k);
        for (int64_t j = 0; j < k; ++j) {
          for (int64_t n = 0; n < 18; ++n) {
            // All; or two of the four that narrow quads add up in 16 bits, which may be as large.
            const bool large = n % 4 < 2 || j % 4 == 0;
            w(n, j) = (n % 2 == 0 ? 127.0f : -127.0f) * (large ? 1.0f : 0.0f);
          }
          x(0, j) = sign;                       // 255 or 0 in quads, +-2047 in pairs
          x(1, j) = j % 2 == 0 ? 1.0f : -1.0f;  // both ends of the range
          x(2, j) = j == k - 1 ? -sign : sign;
        }
        const QuantisedMatrix b = quantised(w, form);
        QuantisedRows rows;
        rows.set(x, form);
        Matrix y(3, 18);
        multiply(rows, b, {}, y.view());
        for (int64_t i = 0; i < 3; ++i) {
          for (int64_t n = 0; n < 18; ++n) {
            int64_t whole = 0;
            for (int64_t j = 0; j < k; ++j) {
              whole += std::llround(rows.value(i, j) / rows.scales()[i]) * b.value(j, n);
            }
            const float exact =
                static_cast<float>(static_cast<int32_t>(whole)) * rows.scales()[i] * b.scales()[n];
            ASSERT_EQ(y(i, n), exact) << "K " << k << " row " << i << " column " << n;
          }
        }
      }
    }
  });
}

/// Bytes would saturate where a matrix was not made for them.
TEST(MultiplyInt8, RefusesAMatrixForOtherRows) {
  on_every_target([] {
    if (best_integer_form() == IntegerForm::pairs) return;
    QuantisedRows rows;
    rows.set(random_matrix(2, 32, 1));
    const QuantisedMatrix b = quantised(random_matrix(16, 32, 2), IntegerForm::pairs);
    Matrix y(2, 16);
    EXPECT_ANY_THROW(multiply(rows, b, {}, y.view()));
  });
}

TEST(MultiplyInt8, ARowDoesNotDependOnItsNeighbours) {
  on_every_target_and_form([](IntegerForm form) {
    const Matrix x = random_matrix(112, 300, 1);
    const QuantisedMatrix b = quantised(random_matrix(50, 300, 2), form);
    QuantisedRows rows;
    rows.set(x, form);
    Matrix all(112, 50);
    multiply(rows, b, {nullptr, Activation::gelu, false}, all.view());
    for (const int64_t count : {1, 2, 3, 13, 14, 15, 16, 17, 29, 31, 32, 33, 63, 65, 111}) {
      const int64_t first = 112 - count;
      rows.set({x.row(first), count, 300, 300}, form);
      Matrix some(count, 50);
      multiply(rows, b, {nullptr, Activation::gelu, false}, some.view());
      ASSERT_EQ(std::memcmp(some.data(), all.row(first),
                            static_cast<size_t>(some.size()) * sizeof(float)),
                0)
          << count;
    }
  });
}

TEST(MultiplyInt8, TilesGiveTheBitsOfQuads) {
  if (best_integer_form() != IntegerForm::tiles) GTEST_SKIP() << "this CPU has no AMX";
  Matrix x = random_matrix(112, 333, 1);
  x(3, 50) = 70;  // an outlier
  const Matrix w = random_matrix(130, 333, 2), bias = random_matrix(1, 144, 3);
  const auto product = [&](IntegerForm form, int64_t rows_, int64_t columns) {
    QuantisedMatrix b(333, columns, form);
    b.set_columns(0, {w.data(), columns, 333, 333});
    QuantisedRows rows;
    rows.set({x.data(), rows_, 333, 333}, form);
    Matrix y(rows_, columns);
    multiply(rows, b, {bias.data(), Activation::gelu, false}, y.view());
    return y;
  };
  for (const int64_t rows : {0, 1, 15, 16, 17, 32, 33, 48, 97, 112}) {
    for (const int64_t columns : {1, 16, 31, 32, 48, 130}) {
      const Matrix tiles = product(IntegerForm::tiles, rows, columns);
      EXPECT_EQ(tiles, product(IntegerForm::quads, rows, columns)) << rows << " x " << columns;
      Matrix elsewhere;
      std::thread([&] { elsewhere = product(IntegerForm::tiles, rows, columns); }).join();
      EXPECT_EQ(tiles, elsewhere);
    }
  }
}

/// Half a step of a row and of a column at most, for every product.
TEST(MultiplyInt8, IsCloseToFloats) {
  on_every_target_and_form([](IntegerForm form) {
    const Matrix x = random_matrix(20, 500, 1), w = random_matrix(30, 500, 2);
    QuantisedRows rows;
    rows.set(x, form);
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t k = 0; k < 500; ++k) EXPECT_NEAR(rows.value(i, k), x(i, k), row_step(form));
    }
    const QuantisedMatrix b = quantised(w, form);
    // Evenly distributed weights: four may be near the largest.
    const double most = form == IntegerForm::narrow_quads ? 4.0 / 253 : 1.0 / 127;
    for (int64_t n = 0; n < 30; ++n) {
      for (int64_t k = 0; k < 500; ++k) {
        EXPECT_NEAR(b.value(k, n) * b.scales()[n], w(n, k), most / 2 + 1e-6);
        EXPECT_NEAR(b.fine_value(k, n) * b.scales()[n], w(n, k), most / 8 + 1e-6);
      }
    }
  });
}

/// A number far outside the rest sees a quarter of the weights' rounding.
TEST(MultiplyInt8, OutliersSeeFinerWeights) {
  on_every_target_and_form([](IntegerForm form) {
    Matrix x(1, 300);
    x(0, 123) = 1;
    const Matrix w = random_matrix(40, 300, 2);
    const QuantisedMatrix b = quantised(w, form);
    QuantisedRows rows;
    rows.set(x, form);
    ASSERT_EQ(rows.outliers(0).size(), 1u);
    Matrix y(1, 40);
    multiply(rows, b, {}, y.view());
    for (int64_t n = 0; n < 40; ++n) {
      EXPECT_NEAR(y(0, n), w(n, 123), b.scales()[n] / 8 + 1e-6) << n;
    }
  });
}

TEST(QuantisedMatrix, LeavesRoomForNarrowQuads) {
  constexpr int64_t kDepth = 771, kColumns = 40;
  Rng rng(1);
  Matrix w(kColumns, kDepth);
  for (int64_t n = 0; n < kColumns; ++n) {
    for (int64_t k = 0; k < kDepth; ++k) {
      const auto x = static_cast<float>(rng.uniform(-1, 1));
      const float shapes[] = {x, x * x * x, std::copysign(1.0f, x), k == 700 ? 50.0f : x,
                              0.9f + 0.1f * x};
      w(n, k) = shapes[n % 5];
    }
  }
  const QuantisedMatrix b = quantised(w, IntegerForm::narrow_quads);
  int32_t largest = 0;
  for (int64_t n = 0; n < kColumns; ++n) {
    for (int64_t k = 0; k < kDepth; k += k % 4 == 0 ? 2 : 6) {
      int32_t positive = 0, negative = 0;
      for (const int64_t i : {k, k + 1, k + 4, k + 5}) {
        if (i >= kDepth) continue;
        positive += std::max<int32_t>(b.value(i, n), 0);
        negative -= std::min<int32_t>(b.value(i, n), 0);
      }
      largest = std::max({largest, positive, negative});
    }
  }
  EXPECT_LE(largest, QuantisedMatrix::kMostOfFew);
  EXPECT_GE(largest, QuantisedMatrix::kMostOfFew - 4);  // and wastes none
}

TEST(QuantisedMatrix, OtherFormsHaveTheWholeRange) {
  const QuantisedMatrix b = quantised(random_matrix(4, 64, 1), IntegerForm::quads);
  for (int64_t n = 0; n < 4; ++n) {
    int32_t largest = 0;
    for (int64_t k = 0; k < 64; ++k) largest = std::max(largest, std::abs(int{b.value(k, n)}));
    EXPECT_EQ(largest, 127);
  }
}

TEST(QuantisedRows, KeepsOutliersApart) {
  Matrix x = random_matrix(2, 768, 1);
  x(1, 5) = 80;
  x(1, 700) = -120;
  on_every_target([&] {
    for (const IntegerForm form : forms()) {
      QuantisedRows rows;
      rows.set(x, form);
      EXPECT_TRUE(rows.outliers(0).empty());
      ASSERT_EQ(rows.outliers(1).size(), 2u);
      EXPECT_EQ(rows.outliers(1)[0].column, 700);
      EXPECT_EQ(rows.outliers(1)[0].value, -120);
      EXPECT_EQ(rows.outliers(1)[1].column, 5);
      for (int64_t k = 0; k < 768; ++k) EXPECT_NEAR(rows.value(1, k), x(1, k), row_step(form));
    }
  });
}

TEST(QuantisedRows, HoldsAtTheEnds) {
  on_every_target_and_form([](IntegerForm form) {
    Matrix x(6, 40);  // row 0: zeros
    for (int64_t k = 0; k < 40; ++k) {
      x(1, k) = 1e-44f;  // so small that a scale would be none
      x(2, k) = 1e30f;
      x(3, k) = k == 7 ? NAN : 1.0f;
      x(4, k) = k == 7 ? INFINITY : 1.0f;
      x(5, k) = 1.0f;
    }
    const QuantisedMatrix b = quantised(random_matrix(16, 40, 2), form);
    QuantisedRows rows;
    rows.set(x, form);
    Matrix y(6, 16);
    multiply(rows, b, {}, y.view());
    for (int64_t n = 0; n < 16; ++n) {
      EXPECT_EQ(y(0, n), 0);
      EXPECT_NEAR(y(1, n), 0, 1e-40);
      EXPECT_TRUE(std::isfinite(y(2, n)));
      EXPECT_FALSE(std::isfinite(y(3, n)) && y(3, n) == y(5, n));  // does not pass for a number
      EXPECT_TRUE(std::isfinite(y(5, n)));
    }
  });
}

TEST(QuantisedMatrix, ZerosAndTinyColumnsStayZero) {
  Matrix w(3, 20);
  for (int64_t k = 0; k < 20; ++k) w(1, k) = 1e-45f, w(2, k) = -2;
  const QuantisedMatrix b = quantised(w, IntegerForm::quads);
  for (int64_t k = 0; k < 20; ++k) {
    EXPECT_EQ(b.value(k, 0), 0);
    EXPECT_EQ(b.value(k, 1), 0);
    EXPECT_EQ(b.value(k, 2), -127);
  }
  EXPECT_EQ(b.sums()[2], -127 * 20);
}

TEST(Linear, Int8SaysWhereSumsWouldOverflow) {
  test::expect_user_error([] { PackedLinear(70'000, 4, Precision::int8); },
                          "a layer of 70000 inputs would overflow in int8");
  EXPECT_NO_THROW(PackedLinear(66'000, 4, Precision::int8));
}

}  // namespace
}  // namespace puente
