#include "base/rng.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace puente {
namespace {

TEST(Rng, SameSeedSameNumbersOtherStreamOthers) {
  Rng a(7), b(7), c(7, 1), d(8);
  const uint64_t first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(first, d.next());
}

TEST(Rng, BelowCoversItsRangeEvenly) {
  Rng rng(1);
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count[rng.below(7)];
  for (int c : count) EXPECT_NEAR(c, 10000, 500);
}

TEST(Rng, NormalHasUnitVariance) {
  Rng rng(3);
  double sum = 0, squares = 0;
  constexpr int n = 200000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(Rng, ShuffleIsAPermutation) {
  std::vector<int> items(1000), sorted(1000);
  std::iota(items.begin(), items.end(), 0);
  sorted = items;
  Rng(5).shuffle(std::span<int>(items));
  EXPECT_NE(items, sorted);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, sorted);
}

}  // namespace
}  // namespace puente
