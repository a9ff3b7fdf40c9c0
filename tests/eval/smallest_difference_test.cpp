#include "eval/smallest_difference.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "eval/distributions.h"

namespace puente {
namespace {

TEST(SmallestDifference, IsFoundInFourOfFive) {
  constexpr double kStandardError = 0.0125;
  const double difference = smallest_difference(kStandardError);
  EXPECT_NEAR(difference / kStandardError, 2.801585, 1e-6);  // scipy: norm.ppf(.975) + norm.ppf(.8)
  // the chance that an estimate around it lies 1.96 standard errors or more above 0
  EXPECT_NEAR(normal_cdf(difference / kStandardError - normal_quantile(0.975)), 0.8, 1e-12);
}

TEST(SmallestDifference, IsUnknownWithoutAStandardError) {
  EXPECT_TRUE(std::isnan(smallest_difference(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace
}  // namespace puente
