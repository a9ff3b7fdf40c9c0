#include "data/draw_rows.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace puente {
namespace {

TEST(DrawRows, AreDifferentAscendingAndTheSameForTheSameSeed) {
  const std::vector<int32_t> rows = draw_rows(1000, 50, 3);
  ASSERT_EQ(rows.size(), 50u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
  EXPECT_GE(rows.front(), 0);
  EXPECT_LT(rows.back(), 1000);
  EXPECT_EQ(rows, draw_rows(1000, 50, 3));
  EXPECT_NE(rows, draw_rows(1000, 50, 4));
}

TEST(DrawRows, AreAllWhereNoMoreAreThere) {
  EXPECT_EQ(draw_rows(3, 3), (std::vector<int32_t>{0, 1, 2}));
  EXPECT_EQ(draw_rows(2, 9), (std::vector<int32_t>{0, 1}));
  EXPECT_TRUE(draw_rows(0, 9).empty());
}

}  // namespace
}  // namespace puente
