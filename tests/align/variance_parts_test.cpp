#include "align/variance_parts.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/files.h"

namespace puente {
namespace {

TEST(VarianceParts, AreThoseOfNumpyAndAddUp) {
  const auto golden =
      nlohmann::json::parse(test::read_text(test::golden("measures.json")))["by_encoder"];
  VarianceByEncoder by_encoder;
  for (const auto& vectors : golden["vectors"]) {
    Matrix matrix(static_cast<int64_t>(vectors.size()), static_cast<int64_t>(vectors[0].size()));
    for (int64_t i = 0; i < matrix.rows(); ++i) {
      for (int64_t j = 0; j < matrix.cols(); ++j) {
        matrix(i, j) = vectors[static_cast<size_t>(i)][static_cast<size_t>(j)].get<float>();
      }
    }
    by_encoder.add(matrix);
  }
  const VarianceParts parts = by_encoder.parts();
  const auto& expected = golden["parts"];
  EXPECT_EQ(by_encoder.encoders(), 3);
  EXPECT_NEAR(parts.total, expected["total"].get<double>(), 1e-13);
  EXPECT_NEAR(parts.from_weights, expected["from_weights"].get<double>(), 1e-13);
  EXPECT_NEAR(parts.from_data, expected["from_data"].get<double>(), 1e-13);
  EXPECT_NEAR(parts.from_weights + parts.from_data, parts.total, 1e-13);
}

TEST(VarianceParts, OneEncoderHasNoneFromItsWeights) {
  Matrix vectors(2, 2);
  vectors(0, 0) = vectors(1, 1) = 3;
  VarianceByEncoder by_encoder;
  by_encoder.add(vectors);
  EXPECT_EQ(by_encoder.parts().from_weights, 0);
  EXPECT_NEAR(by_encoder.parts().from_data, 0.5, 1e-15);
}

}  // namespace
}  // namespace puente
