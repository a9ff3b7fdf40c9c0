#include "eval/spread.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace puente {
namespace {

TEST(Spread, IsTheMeanAndTheDeviationWithOneLess) {
  const Spread spread = spread_of(std::vector<double>{2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(spread.mean, 5);
  EXPECT_DOUBLE_EQ(spread.sd, std::sqrt(32.0 / 7));
  EXPECT_EQ(spread_of(std::vector<double>{3, 3}).sd, 0);
}

TEST(Spread, OneValueHasNoDeviation) {
  const Spread one = spread_of(std::vector<double>{0.5});
  EXPECT_EQ(one.mean, 0.5);
  EXPECT_TRUE(std::isnan(one.sd));
  EXPECT_TRUE(std::isnan(spread_of({}).mean));
  EXPECT_TRUE(std::isnan(spread_of(std::vector<double>{0.5, std::nan("")}).sd));
}

}  // namespace
}  // namespace puente
