// The check that every trainable layer passes: its backward against central differences of its
// forward, in double. The loss of a layer is the sum of its outputs times fixed random numbers, so
// that no gradient is special.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <span>
#include <string_view>

#include "puente/matrix.h"

#include "base/rng.h"

namespace puente::test {

/// Fills with numbers in +-1, none nearer to 0 than 0.05: finite differences must not cross a kink.
inline void fill_random(std::span<double> values, Rng& rng) {
  for (double& value : values) {
    value = rng.uniform(0.05, 1.0) * (rng.below(2) == 0 ? -1.0 : 1.0);
  }
}

inline BasicMatrix<double> random_matrix(int64_t rows, int64_t cols, Rng& rng) {
  BasicMatrix<double> m(rows, cols);
  fill_random({m.data(), static_cast<size_t>(m.size())}, rng);
  return m;
}

inline double dot(const BasicMatrix<double>& a, const BasicMatrix<double>& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) sum += a.data()[i] * b.data()[i];
  return sum;
}

inline std::span<double> numbers(BasicMatrix<double>& m) {
  return {m.data(), static_cast<size_t>(m.size())};
}

/// `loss` reads `x`; `gradient` is what backward says d loss / d x is. With a step of 1e-5 the
/// difference errs by about 1e-10 (third derivative) + 1e-11 (rounding), relative to the loss.
inline void expect_gradient(std::string_view what, std::span<double> x,
                            std::span<const double> gradient, const std::function<double()>& loss) {
  constexpr double kStep = 1e-5;
  ASSERT_EQ(x.size(), gradient.size()) << what;
  for (size_t i = 0; i < x.size(); ++i) {
    const double kept = x[i];
    x[i] = kept + kStep;
    const double above = loss();
    x[i] = kept - kStep;
    const double below = loss();
    x[i] = kept;
    const double difference = (above - below) / (2 * kStep);
    EXPECT_NEAR(gradient[i], difference, 1e-7 * std::max(1.0, std::abs(difference)))
        << what << ", number " << i;
  }
}

}  // namespace puente::test
