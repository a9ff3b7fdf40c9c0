#include "tensor/multiply_blocks.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/naive.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

BlockMatrix blocks_of(const Matrix& w) {
  BlockMatrix b(w.cols(), w.rows());
  b.set_columns(0, w);
  return b;
}

/// x B as the quantised numbers say it, whole sums first: the product, and in `size` the sum of the
/// blocks' magnitudes.
double expected(const BlockRows& x, const BlockMatrix& b, int64_t row, int64_t column,
                double* size) {
  double sum = 0;
  *size = 0;
  for (int64_t first = 0; first < x.depth(); first += kBlockDepth) {
    int64_t whole = 0;
    for (int64_t k = first; k < std::min(first + kBlockDepth, x.depth()); ++k) {
      whole += x.quant(row, k) * b.quant(k, column);
    }
    const double value = static_cast<double>(whole) * static_cast<double>(x.scale(row, first)) *
                         static_cast<double>(b.scale(first, column));
    sum += value;
    *size += std::abs(value);
  }
  return sum;
}

TEST(MultiplyBlocks, AgreesWithWholeNumbers) {
  on_every_target([] {
    constexpr int64_t kShapes[][3] = {{0, 32, 16},  {1, 1, 1},     {2, 32, 5},    {5, 70, 31},
                                      {7, 64, 64},  {8, 100, 47},  {29, 769, 65}, {3, 4160, 33},
                                      {2, 9000, 7}, {112, 96, 40}, {15, 224, 96}};
    for (const auto& [m, k, n] : kShapes) {
      SCOPED_TRACE(testing::Message() << "M " << m << " K " << k << " N " << n);
      const Matrix bias = random_matrix(1, (n + 15) / 16 * 16, 3);
      const BlockMatrix b = blocks_of(random_matrix(n, k, 2));
      BlockRows rows;
      rows.set(random_matrix(m, k, 1));
      for (const bool accumulate : {false, true}) {
        Matrix y(m + 1, n + 1);
        for (int64_t i = 0; i < y.size(); ++i) y.data()[i] = 123;
        multiply(rows, b, {bias.data(), Activation::none, accumulate}, {y.data(), m, n, n + 1});
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            double size = 0;
            const double start = bias(0, j) + (accumulate ? 123 : 0);
            const double value = expected(rows, b, i, j, &size) + start;
            // Each block is rounded four times at most (its whole sum, and without fused
            // multiply-add), the sum so far once for each block.
            const double steps = 4.0 + static_cast<double>(b.blocks());
            ASSERT_NEAR(y(i, j), value, 6e-8 * steps * (size + std::abs(start))) << i << " " << j;
          }
          ASSERT_EQ(y(i, n), 123);
        }
        for (int64_t j = 0; j <= n; ++j) ASSERT_EQ(y(m, j), 123);
      }
    }
  });
}

TEST(MultiplyBlocks, AppliesTheActivationOnce) {
  on_every_target([] {
    for (const int64_t k : {64, 4800}) {  // one pass over K, and two
      const BlockMatrix b = blocks_of(random_matrix(37, k, 2));
      BlockRows rows;
      rows.set(random_matrix(9, k, 1, 0.05));
      Matrix plain(9, 37), active(9, 37);
      multiply(rows, b, {}, plain.view());
      multiply(rows, b, {nullptr, Activation::silu, false}, active.view());
      for (int64_t i = 0; i < plain.size(); ++i) {
        ASSERT_NEAR(active.data()[i], naive::activate(Activation::silu, plain.data()[i]), 1e-6);
      }
    }
  });
}

/// The worst case: every product the largest there is, of both signs, at every depth that LLaMA has
/// and more. Scales are powers of two, so that nothing may be rounded.
TEST(MultiplyBlocks, TheLargestNumbersAreExact) {
  std::vector<int64_t> depths = {4096, 5632, 8192, 11008, 12000};
  for (int64_t k = 32; k <= 1024; k += 32) depths.push_back(k);
  on_every_target([&] {
    const auto largest = static_cast<float>(BlockRows::kLargest);
    for (const int64_t k : depths) {
      Matrix x(3, k);
      BlockMatrix b(k, 18);
      std::vector<int8_t> quants(static_cast<size_t>(k));
      const std::vector<float> scales(static_cast<size_t>(k / kBlockDepth), 0.5f);
      const auto sign = [](int64_t n, int64_t j) {
        return n % 3 == 0 || (n % 3 == 1 && j % 2 == 0);
      };
      for (int64_t n = 0; n < 18; ++n) {
        for (int64_t j = 0; j < k; ++j) {
          quants[static_cast<size_t>(j)] = static_cast<int8_t>(sign(n, j) ? 127
                                                               : n < 9    ? -127
                                                                          : -128);
        }
        b.set_column(n, quants, scales);
      }
      for (int64_t i = 0; i < 3; ++i) {
        for (int64_t j = 0; j < k; ++j) x(i, j) = sign(i, j) ? largest : -largest;
      }
      BlockRows rows;
      rows.set(x);
      Matrix y(3, 18);
      multiply(rows, b, {}, y.view());
      for (int64_t i = 0; i < 3; ++i) {
        for (int64_t n = 0; n < 18; ++n) {
          int64_t whole = 0;
          for (int64_t j = 0; j < k; ++j) whole += static_cast<int64_t>(x(i, j)) * b.quant(j, n);
          // Steps of a half; floats hold them while they are below 2^23.
          const auto exact = static_cast<double>(whole) / 2;
          if (std::abs(exact) < 8388608) {
            ASSERT_EQ(y(i, n), exact) << "K " << k << " row " << i << " column " << n;
          } else {
            ASSERT_NEAR(y(i, n), exact, std::abs(exact) * 6e-8 * static_cast<double>(k / 32))
                << "K " << k << " row " << i << " column " << n;
          }
        }
      }
    }
  });
}

TEST(MultiplyBlocks, ARowDoesNotDependOnItsNeighbours) {
  const Matrix x = random_matrix(kMostRows, 4300, 1);
  const BlockMatrix b = blocks_of(random_matrix(50, 4300, 2));
  on_every_target([&] {
    BlockRows rows;
    rows.set(x);
    Matrix all(kMostRows, 50);
    multiply(rows, b, {nullptr, Activation::silu, false}, all.view());
    for (int64_t count = 1; count <= kMostRows; count += count < 30 ? 1 : 9) {
      const int64_t first = kMostRows - count;
      rows.set({x.row(first), count, x.cols(), x.cols()});
      Matrix some(count, 50);
      multiply(rows, b, {nullptr, Activation::silu, false}, some.view());
      ASSERT_EQ(std::memcmp(some.data(), all.row(first),
                            static_cast<size_t>(some.size()) * sizeof(float)),
                0)
          << count;
    }
  });
}

TEST(MultiplyBlocks, HoldsAtTheEnds) {
  on_every_target([] {
    Matrix x(8, 70);  // row 0: zeros
    for (int64_t k = 0; k < 70; ++k) {
      x(1, k) = k % 2 == 0 ? 1e-37f : 0.0f;  // so small that a scale has no inverse
      x(2, k) = 1e30f;
      x(3, k) = k == 7 ? NAN : 1.0f;
      x(4, k) = k == 40 ? INFINITY : 1.0f;
      x(5, k) = k == 69 ? -NAN : 1.0f;
      x(6, k) = 1.0f;
      x(7, k) = std::numeric_limits<float>::max();
    }
    const BlockMatrix b = blocks_of(random_matrix(16, 70, 2, 0.01));
    BlockRows rows;
    rows.set(x);
    for (int64_t k = 0; k < 70; ++k) EXPECT_EQ(rows.quant(1, k), 0);
    Matrix y(8, 16);
    multiply(rows, b, {}, y.view());
    for (int64_t n = 0; n < 16; ++n) {
      EXPECT_EQ(y(0, n), 0);
      EXPECT_NEAR(y(1, n), 0, 1e-40);
      EXPECT_NEAR(y(2, n) / 1e30f, y(6, n), 1e-5);
      for (const int64_t i : {3, 4, 5}) EXPECT_TRUE(std::isnan(y(i, n))) << i;
      EXPECT_TRUE(std::isfinite(y(6, n)));
      EXPECT_TRUE(std::isfinite(y(7, n)));
    }
  });
}

TEST(MultiplyBlocks, TinyAndHugeColumnsKeepTheirScale) {
  on_every_target([] {
    constexpr float kSizes[] = {6e-8f, 1e-30f, 1.0f, 65504.0f, 1e30f};  // two are ends of f16
    const Matrix plain = random_matrix(1, 96, 2);
    BlockRows rows;
    rows.set(random_matrix(1, 96, 1));
    float unit = 0;
    multiply(rows, blocks_of(plain), {}, {&unit, 1, 1, 1});
    for (const float size : kSizes) {
      Matrix w = plain;
      for (int64_t k = 0; k < 96; ++k) w(0, k) *= size;
      float y = 0;
      multiply(rows, blocks_of(w), {}, {&y, 1, 1, 1});
      EXPECT_NEAR(y / size, unit, 1e-5) << size;
    }
    Matrix w = plain;
    w(0, 50) = NAN;
    float y = 0;
    multiply(rows, blocks_of(w), {}, {&y, 1, 1, 1});
    EXPECT_TRUE(std::isnan(y));
  });
}

/// Rows whose blocks differ: by 2 in row 0, by 20, and by 1,000 in the second span of row 2, which
/// therefore scales its blocks; that span of the rows beside it is multiplied like it, and must not
/// tell.
TEST(MultiplyBlocks, SpansAreEvenWhereOneScaleIsFineEnough) {
  constexpr int64_t kSpan = kSpanBlocks * kBlockDepth, kDepth = 2 * kSpan + 70;
  Matrix x = random_matrix(3, kDepth, 1);
  constexpr float kSizes[] = {2, 20, 1000};
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t first = i == 2 ? kSpan : 0;
    for (int64_t k = first + 96; k < first + 128; ++k) x(i, k) *= kSizes[i];
  }
  for (int64_t k = 0; k < 32; ++k) x(0, k) = 0;  // loses nothing
  const BlockMatrix b = blocks_of(random_matrix(20, kDepth, 2));
  on_every_target([&] {
    BlockRows rows, even;
    rows.set(x);
    EXPECT_TRUE(rows.is_even(0));
    EXPECT_FALSE(rows.is_even(1));
    EXPECT_TRUE(rows.is_even(2));
    EXPECT_EQ(*rows.scales(3, 0), 1);
    EXPECT_EQ(*rows.scales(kSpanBlocks, 1), 1);
    EXPECT_LT(*rows.scales(kSpanBlocks, 2), 0.002);
    for (int64_t i = 0; i < 3; ++i) {
      for (int64_t first = 0; first < kDepth; first += 32) {
        const int64_t end = std::min(first + 32, kDepth);
        float largest = 0;
        for (int64_t k = first; k < end; ++k) largest = std::max(largest, std::abs(x(i, k)));
        for (int64_t k = first; k < end; ++k) {
          ASSERT_NEAR(static_cast<float>(rows.quant(i, k)) * rows.scale(i, k), x(i, k),
                      largest * BlockRows::kMostUneven / 65000)
              << i << " " << k;
        }
      }
    }
    Matrix y(3, 20), alone(2, 20);
    multiply(rows, b, {}, y.view());
    even.set({x.data(), 2, kDepth, kDepth});
    EXPECT_TRUE(even.is_even(1));
    multiply(even, b, {}, alone.view());
    EXPECT_EQ(std::memcmp(alone.data(), y.data(), static_cast<size_t>(40) * sizeof(float)), 0);
    for (int64_t n = 0; n < 20; ++n) {
      for (int64_t i = 0; i < 3; ++i) {
        double size = 0;
        const double value = expected(rows, b, i, n, &size);
        ASSERT_NEAR(y(i, n), value, 6e-8 * static_cast<double>(4 + b.blocks()) * size);
      }
    }
  });
}

/// Half a step of a row and of a column at most, for every product.
TEST(MultiplyBlocks, IsCloseToFloats) {
  on_every_target([] {
    const Matrix x = random_matrix(20, 500, 1), w = random_matrix(30, 500, 2);
    BlockRows rows;
    rows.set(x);
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t k = 0; k < 500; ++k) {
        ASSERT_NEAR(static_cast<float>(rows.quant(i, k)) * rows.scale(i, k), x(i, k),
                    0.5 / BlockRows::kLargest + 1e-6);
      }
    }
    const BlockMatrix b = blocks_of(w);
    for (int64_t n = 0; n < 30; ++n) {
      for (int64_t k = 0; k < 500; ++k) ASSERT_NEAR(b.value(k, n), w(n, k), 0.5 / 127 + 1e-6);
    }
  });
}

TEST(BlockRows, TakesTheLayerNorm) {
  const Matrix x = random_matrix(5, 70, 1);
  LayerNorm norm;
  norm.gamma.assign(70, 1.5f);
  norm.beta.assign(70, -0.25f);
  on_every_target([&] {
    Matrix normed(5, 70);
    layer_norm(x, norm, normed.view());
    BlockRows expected_rows, rows;
    expected_rows.set(normed);
    rows.set(x, norm);
    for (int64_t i = 0; i < 5; ++i) {
      for (int64_t k = 0; k < 70; ++k) ASSERT_EQ(rows.quant(i, k), expected_rows.quant(i, k));
      for (int64_t k = 0; k < 70; ++k) ASSERT_EQ(rows.scale(i, k), expected_rows.scale(i, k));
    }
  });
}

}  // namespace
}  // namespace puente
