// Predictions written as whole 1024ths, which float32 holds exactly and whose ties are ties.
#pragma once

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "eval/metrics.h"

namespace puente::test {

inline Predictions predictions_of(const nlohmann::json& label, const nlohmann::json& parts) {
  Predictions predictions;
  predictions.label = label.get<std::vector<int32_t>>();
  const auto rows = parts.get<std::vector<std::vector<float>>>();
  predictions.probabilities =
      Matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows.at(0).size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < rows[i].size(); ++k) {
      predictions.probabilities(static_cast<int64_t>(i), static_cast<int64_t>(k)) =
          rows[i][k] / 1024;
    }
  }
  return predictions;
}

/// null in a golden file stands for a figure that does not exist.
inline void expect_near_or_nan(double value, const nlohmann::json& expected,
                               double tolerance = 1e-12) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(value)) << value;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), tolerance);
  }
}

}  // namespace puente::test
