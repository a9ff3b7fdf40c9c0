#include "compare/break_even.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

TEST(BreakEven, TheFirstTimeThatTheSumIsSmaller) {
  // 100 + n < 11 n: at n = 10 they are equal, at 11 it has paid.
  EXPECT_EQ(break_even(100, 1, 11), 11);
  EXPECT_EQ(break_even(99, 1, 11), 10);
  EXPECT_EQ(break_even(5, 1, 11), 1);
  EXPECT_EQ(break_even(0, 1, 2), 1);
}

TEST(BreakEven, NeverWhereEachTimeCostsAsMuch) {
  EXPECT_EQ(break_even(100, 2, 2), std::nullopt);
  EXPECT_EQ(break_even(100, 3, 2), std::nullopt);
  EXPECT_EQ(break_even(1, 0, 1e-300), std::nullopt);
}

}  // namespace
}  // namespace puente
