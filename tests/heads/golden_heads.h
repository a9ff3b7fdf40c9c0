// tests/golden/heads.json, written by tools/golden_heads.py.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "puente/matrix.h"

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

}  // namespace puente::test
