// tests/golden/heads.json, written by tools/golden_heads.py.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "puente/matrix.h"

#include "heads/head_data.h"
#include "heads/linear_scores.h"
#include "support/files.h"

namespace puente::test {

inline const nlohmann::json& golden_heads() {
  static const nlohmann::json numbers = nlohmann::json::parse(read_text(golden("heads.json")));
  return numbers;
}

/// From whole numbers of 256ths.
inline Matrix features_of(const nlohmann::json& rows) {
  const auto values = rows.get<std::vector<std::vector<int>>>();
  Matrix m(static_cast<int64_t>(values.size()), static_cast<int64_t>(values.at(0).size()));
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values[i].size(); ++j) {
      m(static_cast<int64_t>(i), static_cast<int64_t>(j)) = static_cast<float>(values[i][j]) / 256;
    }
  }
  return m;
}

template <class T>
void expect_near(const BasicMatrix<T>& m, const nlohmann::json& rows, double tolerance) {
  const auto expected = rows.get<std::vector<std::vector<double>>>();
  ASSERT_EQ(m.rows(), static_cast<int64_t>(expected.size()));
  for (int64_t i = 0; i < m.rows(); ++i) {
    const std::vector<double>& row = expected[static_cast<size_t>(i)];
    ASSERT_EQ(m.cols(), static_cast<int64_t>(row.size()));
    for (int64_t j = 0; j < m.cols(); ++j) {
      EXPECT_NEAR(m(i, j), row[static_cast<size_t>(j)], tolerance) << "row " << i << ", " << j;
    }
  }
}

/// A case's data, owned.
struct GoldenCase {
  Matrix features;
  std::vector<int32_t> label, train, validation;
  int64_t classes;

  explicit GoldenCase(const nlohmann::json& golden)
      : features(features_of(golden["features_256ths"])),
        label(golden["label"].get<std::vector<int32_t>>()),
        train(golden["train"].get<std::vector<int32_t>>()),
        validation(golden["validation"].get<std::vector<int32_t>>()),
        classes(golden["classes"].get<int64_t>()) {}
  HeadData data() const { return {features, label, classes, train, validation}; }
};

inline void expect_near(const LinearScores& model, const nlohmann::json& golden, double tolerance) {
  expect_near(model.weight, golden["weight"], tolerance);
  ASSERT_EQ(model.intercept.size(), golden["intercept"].size());
  for (size_t k = 0; k < model.intercept.size(); ++k) {
    EXPECT_NEAR(model.intercept[k], golden["intercept"][k].get<double>(), tolerance);
  }
}

}  // namespace puente::test
