#include "eval/multiple.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "eval/undefined.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

TEST(Holm, IsThatOfItsDefinition) {
  const Json golden = Json::parse(test::read_text(test::golden("intervals.json")))["holm"];
  ASSERT_EQ(golden.size(), 5u);
  for (const Json& expected : golden) {
    const std::vector<double> p = expected["p"];
    const std::vector<double> adjusted = holm_adjusted(p);
    ASSERT_EQ(adjusted.size(), p.size());
    for (size_t i = 0; i < p.size(); ++i) {
      EXPECT_NEAR(adjusted[i], expected["adjusted"][i].get<double>(), 1e-15);
    }
  }
}

TEST(Holm, ATestThatWasNotDoneDoesNotCount) {
  const std::vector<double> adjusted =
      holm_adjusted(std::vector<double>{kUndefined, 0.03, kUndefined, 0.02});
  EXPECT_TRUE(std::isnan(adjusted[0]));
  EXPECT_TRUE(std::isnan(adjusted[2]));
  EXPECT_EQ(adjusted[1], 0.04);
  EXPECT_EQ(adjusted[3], 0.04);
}

TEST(Holm, NoTestsAndNoPs) {
  EXPECT_TRUE(holm_adjusted({}).empty());
  EXPECT_THROW(holm_adjusted(std::vector<double>{1.5}), InternalError);
}

}  // namespace
}  // namespace puente
