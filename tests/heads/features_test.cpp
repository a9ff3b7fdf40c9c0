#include "heads/features.h"

#include <cmath>
#include <gtest/gtest.h>

#include "heads/golden_heads.h"

namespace puente {
namespace {

TEST(Standardiser, IsThatOfScikitLearn) {
  const nlohmann::json& golden = test::golden_heads()["standardised"];
  const Matrix features = test::features_of(golden["features_256ths"]);
  const auto rows = golden["fit"].get<std::vector<int32_t>>();
  const Standardiser standardiser(features, rows);
  for (size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(standardiser.mean()[j], golden["mean"][j].get<double>(), 1e-11);
    EXPECT_NEAR(standardiser.sd()[j], golden["sd"][j].get<double>(), 1e-11);
  }
  test::expect_near(standardiser.apply(features), golden["scaled"], 1e-6);  // floats
}

TEST(Standardiser, ColumnsConstantInTheFittingRowsAreZeroEverywhere) {
  Matrix features(3, 1);
  features(0, 0) = features(1, 0) = 0.1f;
  features(2, 0) = 5;
  const std::vector<int32_t> rows = {0, 1};
  const Matrix scaled = Standardiser(features, rows).apply(features);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(scaled(i, 0), 0.0f);
}

TEST(Standardiser, OneRowMakesAllConstant) {
  Matrix features(2, 1);
  features(1, 0) = 3;
  EXPECT_EQ(Standardiser(features, std::vector<int32_t>{1}).apply(features), Matrix(2, 1));
}

TEST(Standardiser, RefusesWhatIsNotFinite) {
  Matrix features(2, 2);
  features(1, 1) = NAN;
  test::expect_user_error(
      [&] {
        Standardiser(features, std::vector<int32_t>{0, 1});
      },
      "row 2, feature 1 is not a finite number");
  EXPECT_NO_THROW(Standardiser(features, std::vector<int32_t>{0}));
}

}  // namespace
}  // namespace puente
