#include "tensor/attention.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "random_matrix.h"
#include "support/targets.h"
#include "tensor/naive.h"
#include "tensor/softmax.h"

namespace puente {
namespace {

using test::on_every_target;
using test::random_matrix;

struct Case {
  Matrix query, key_value;
  std::vector<Sequence> sequences;
  int64_t heads;
  bool causal;

  AttentionInput input() const {
    const int64_t channels = query.cols();
    const MatrixView<const float> key{key_value.data(), key_value.rows(), channels, 2 * channels};
    const MatrixView<const float> value{key_value.data() + channels, key_value.rows(), channels,
                                        2 * channels};
    return {query, key, value, sequences, heads, causal};
  }
};

/// Sequences of these lengths one after another; with `one_query` only the last (causal) or first
/// position asks.
Case make_case(const std::vector<int64_t>& lengths, int64_t heads, int64_t size, bool causal,
               bool one_query) {
  Case c{{}, {}, {}, heads, causal};
  int64_t queries = 0, keys = 0;
  for (const int64_t length : lengths) {
    const int64_t asks = one_query ? 1 : length;
    c.sequences.push_back({queries, asks, keys, length});
    queries += asks;
    keys += length;
  }
  c.query = random_matrix(queries, heads * size, 1, 1.5);
  c.key_value = random_matrix(keys, 2 * heads * size, 2, 1.5);
  return c;
}

/// Scores s are sums of D products, off by at most (D + 1) 2u |q||k|; a weight is then off by twice
/// that relatively, and the sum over T keys adds (T + 8) 2u. Values are at most 1.5.
double tolerance(int64_t size, int64_t keys) {
  constexpr double u = 6e-8;
  const double scores = 2 * static_cast<double>(size + 1) * u * static_cast<double>(size) * 2.25;
  return 1.5 * (2 * scores + 2 * static_cast<double>(keys + 8) * u);
}

TEST(Attention, AgreesWithTheNaiveOne) {
  on_every_target([] {
    for (const bool causal : {false, true}) {
      for (const bool one_query : {false, true}) {
        for (const int64_t size : {1, 8, 20, 64}) {
          const Case c = make_case({1, 5, 16, 17, 50, 77}, 3, size, causal, one_query);
          Matrix out(c.query.rows(), c.query.cols());
          AttentionScratch scratch;
          attention(c.input(), out.view(), scratch);
          const Matrix expected = naive::attention(c.input());
          for (int64_t i = 0; i < out.size(); ++i) {
            ASSERT_NEAR(out.data()[i], expected.data()[i], tolerance(size, 77))
                << "causal " << causal << " one query " << one_query << " head size " << size;
          }
        }
      }
    }
  });
}

TEST(Attention, ACausalPrefixIsTheSameAlone) {
  on_every_target([] {
    const Case whole = make_case({30}, 2, 16, true, false);
    Matrix all(30, 32), part(11, 32);
    AttentionScratch scratch;
    attention(whole.input(), all.view(), scratch);
    AttentionInput prefix = whole.input();
    const Sequence first{0, 11, 0, 11};
    prefix.query.rows = 11;
    prefix.sequences = {&first, 1};
    attention(prefix, part.view(), scratch);
    for (int64_t i = 0; i < part.size(); ++i) EXPECT_NEAR(part.data()[i], all.data()[i], 1e-6);
  });
}

TEST(Softmax, AgreesWithTheNaiveOneAndClearsTheRest) {
  on_every_target([] {
    for (const int64_t columns : {1, 2, 15, 16, 17, 40}) {
      const int64_t stride = (columns + 15) / 16 * 16;
      for (const int64_t step : {0, 1}) {
        Matrix x(5, stride), expected(5, columns);
        const Matrix random = random_matrix(5, columns, 7, 30);
        for (int64_t i = 0; i < 5; ++i) {
          for (int64_t j = 0; j < stride; ++j) x(i, j) = j < columns ? random(i, j) : NAN;
          std::copy_n(random.row(i), columns, expected.row(i));
          naive::softmax(expected.row_span(i), std::min(columns, 1 + i * step));
        }
        softmax({x.data(), 5, columns, stride}, 1, step);
        for (int64_t i = 0; i < 5; ++i) {
          for (int64_t j = 0; j < stride; ++j) {
            // exp to 2 ulp of an argument that itself is rounded: |x| <= 60, u * 60 = 3.6e-6.
            EXPECT_NEAR(x(i, j), j < columns ? expected(i, j) : 0, 4e-6) << i << " " << j;
          }
        }
      }
    }
  });
}

/// The share of a number x below the other is exp(x) times the other's.
TEST(Softmax, ExponentialsAreGoodToTheLastDigits) {
  on_every_target([] {
    double worst = 0;
    for (int64_t i = 0; i <= 86'000; ++i) {
      const float x = -static_cast<float>(i) / 1000;
      Matrix row(1, 16);
      row(0, 1) = x;
      softmax({row.data(), 1, 2, 16}, 2, 0);
      const double exponential = std::exp(static_cast<double>(x));
      if (exponential < 1e-37) break;
      worst = std::max(worst, std::abs(row(0, 1) / (row(0, 0) * exponential) - 1));
    }
    EXPECT_LT(worst, 1.5e-7 + 1.2e-7);  // both are rounded once more
    EXPECT_GT(worst, 0);
    Matrix row(1, 16);
    row(0, 1) = -88.1f;
    softmax({row.data(), 1, 2, 16}, 2, 0);
    EXPECT_EQ(row(0, 1), 0);
  });
}

TEST(Softmax, HoldsForLargeAndEqualScores) {
  on_every_target([] {
    Matrix x(2, 16);
    for (int64_t j = 0; j < 16; ++j) x(0, j) = j == 3 ? 1e30f : -1e30f;
    softmax(x.view(), 16, 0);
    EXPECT_EQ(x(0, 3), 1);
    EXPECT_EQ(x(0, 4), 0);
    EXPECT_FLOAT_EQ(x(1, 0), 1.0f / 16);
  });
}

}  // namespace
}  // namespace puente
