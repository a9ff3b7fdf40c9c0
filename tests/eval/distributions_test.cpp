#include "eval/distributions.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

void expect_relative(double value, double expected, double tolerance) {
  EXPECT_LE(std::abs(value - expected), tolerance * std::abs(expected)) << value << " " << expected;
}

TEST(Distributions, AreThoseOfScipy) {
  const Json golden = Json::parse(test::read_text(test::golden("intervals.json")))["distributions"];
  for (size_t i = 0; i < golden["z"].size(); ++i) {
    expect_relative(normal_cdf(golden["z"][i]), golden["normal_cdf"][i], 1e-12);
  }
  const Json& share = golden["share"];
  for (size_t i = 0; i < share.size(); ++i) {
    EXPECT_NEAR(normal_quantile(share[i]), golden["normal_quantile"][i].get<double>(), 1e-12);
  }
  for (size_t f = 0; f < golden["freedom"].size(); ++f) {
    const double freedom = golden["freedom"][f];
    SCOPED_TRACE(freedom);
    for (size_t i = 0; i < golden["t"].size(); ++i) {
      expect_relative(student_t_cdf(golden["t"][i], freedom), golden["t_cdf"][f][i], 1e-10);
    }
    for (size_t i = 0; i < share.size(); ++i) {
      const double expected = golden["t_quantile"][f][i];
      EXPECT_NEAR(student_t_quantile(share[i], freedom), expected,
                  1e-10 * std::max(1.0, std::abs(expected)));
    }
  }
}

TEST(Distributions, QuantilesEndAtInfinity) {
  EXPECT_EQ(normal_quantile(0), -HUGE_VAL);
  EXPECT_EQ(normal_quantile(1), HUGE_VAL);
  EXPECT_EQ(student_t_quantile(0, 7), -HUGE_VAL);
  EXPECT_EQ(student_t_cdf(-HUGE_VAL, 7), 0);
  EXPECT_THROW(normal_quantile(1.5), InternalError);
  EXPECT_THROW(student_t_cdf(0, 0), InternalError);
}

}  // namespace
}  // namespace puente
