#include "tensor/block_matrix.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/rng.h"

namespace puente {
namespace {

/// A Q8_0 row as GGUF files hold it: scales that are 16-bit floats (11 significant bits).
struct Q8Row {
  std::vector<int8_t> quants;
  std::vector<float> scales;
};

Q8Row random_row(int64_t blocks, uint64_t seed, bool has_largest) {
  Rng rng(seed);
  Q8Row row;
  for (int64_t b = 0; b < blocks; ++b) {
    const auto significant = static_cast<float>(1024 + rng.below(1024));
    row.scales.push_back(std::ldexp(significant, -static_cast<int>(rng.below(24)) - 10));
    for (int64_t k = 0; k < kBlockDepth; ++k) {
      row.quants.push_back(static_cast<int8_t>(static_cast<int>(rng.below(255)) - 127));
    }
    // Whoever quantises by the largest number leaves one of them in every block.
    if (has_largest) row.quants[row.quants.size() - 1 - rng.below(32)] = b % 2 == 0 ? 127 : -127;
  }
  return row;
}

void expect_column(const BlockMatrix& b, int64_t n, const Q8Row& row) {
  for (int64_t k = 0; k < b.depth(); ++k) {
    ASSERT_EQ(b.quant(k, n), row.quants[static_cast<size_t>(k)]) << k << " " << n;
    ASSERT_EQ(b.scale(k, n), row.scales[static_cast<size_t>(k / kBlockDepth)]) << k << " " << n;
  }
}

TEST(BlockMatrix, KeepsWhatAQ8RowHolds) {
  for (const int64_t columns : {1, 15, 16, 17, 32, 33, 50}) {
    BlockMatrix b(5 * kBlockDepth, columns);
    std::vector<Q8Row> rows;
    for (int64_t n = 0; n < columns; ++n) {
      rows.push_back(random_row(5, static_cast<uint64_t>(n + 1), false));
      rows.back().quants[3] = -128;
      b.set_column(n, rows.back().quants, rows.back().scales);
    }
    for (int64_t n = 0; n < columns; ++n) expect_column(b, n, rows[static_cast<size_t>(n)]);
  }
}

TEST(BlockMatrix, FloatsThatWereBlocksBecomeThemAgain) {
  constexpr int64_t kColumns = 200, kBlocks = 7;
  BlockMatrix b(kBlocks * kBlockDepth, kColumns);
  for (int64_t n = 0; n < kColumns; ++n) {
    const Q8Row row = random_row(kBlocks, static_cast<uint64_t>(n), true);
    Matrix floats(1, b.depth());
    for (int64_t k = 0; k < b.depth(); ++k) {
      floats(0, k) = static_cast<float>(row.quants[static_cast<size_t>(k)]) *
                     row.scales[static_cast<size_t>(k / kBlockDepth)];
    }
    b.set_columns(n, floats);
    expect_column(b, n, row);
  }
}

TEST(BlockMatrix, FillsUpWithZeros) {
  BlockMatrix b(40, 20);
  Matrix w(20, 40);
  for (int64_t i = 0; i < w.size(); ++i) w.data()[i] = 1;
  b.set_columns(0, w);
  for (int64_t k = 40; k < 64; ++k) EXPECT_EQ(b.quant(k, 19), 0);
  for (int64_t n = 20; n < 32; ++n) EXPECT_EQ(b.value(0, n), 0);
  EXPECT_EQ(b.value(39, 19), 1);
}

TEST(BlockMatrix, ZerosAndTinyNumbersAreZero) {
  Matrix w(4, 32);
  for (int64_t k = 0; k < 32; ++k) w(1, k) = 1e-45f, w(2, k) = -2, w(3, k) = 1e-37f;
  BlockMatrix b(32, 4);
  b.set_columns(0, w);
  EXPECT_EQ(b.scale(0, 3), 0);  // one that has no inverse
  for (int64_t k = 0; k < 32; ++k) {
    EXPECT_EQ(b.value(k, 0), 0);
    EXPECT_EQ(b.value(k, 1), 0);
    EXPECT_EQ(b.quant(k, 2), -127);
  }
}

}  // namespace
}  // namespace puente
