// The variance of an area under the ROC curve without resampling, and DeLong's test of two of them
// on the same rows, for rows in groups (Obuchowski 1997, "Nonparametric analysis of clustered ROC
// curve data", Biometrics 53:567). With every row a group of its own it is the test of DeLong,
// DeLong and Clarke-Pearson 1988. Class `positive` against the rest, by its probability. The normal
// distribution holds for many groups only.
#pragma once

#include <cstdint>
#include <span>

#include "eval/metrics.h"

namespace puente {

/// With fewer groups of either kind p is not to be trusted.
constexpr int64_t kFewestDelongGroups = 20;

struct AucVariance {
  double auc = 0;               // NaN without a positive or without another row
  double variance = 0;          // NaN with fewer than two groups of either kind
  int64_t positive_groups = 0;  // with at least one row of the class
  int64_t negative_groups = 0;  // with at least one row of another class
};

struct DelongTest {
  AucVariance a;
  AucVariance b;
  double difference = 0;      // b - a
  double standard_error = 0;  // of the difference
  double z = 0;               // 0 where both rank all pairs alike
  double p = 0;               // two-sided; NaN, like z, where the standard error says nothing
};

/// Are there kFewestDelongGroups of either kind?
bool has_enough_groups(const DelongTest& test);

/// group[i]: the group of row i, any number.
AucVariance auc_variance(const Predictions& predictions, int32_t positive,
                         std::span<const int32_t> group);

/// a and b are of the same rows, in the same order.
DelongTest delong_test(const Predictions& a, const Predictions& b, int32_t positive,
                       std::span<const int32_t> group);

}  // namespace puente
