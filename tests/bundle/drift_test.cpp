#include "bundle/drift.h"

#include <cmath>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "data/split.h"
#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

/// Rows of one population: dimension j has mean j and sd 1 + j / 10.
Matrix drawn(int64_t rows, int64_t width, uint64_t seed, double moved = 0) {
  Rng rng(seed);
  Matrix m(rows, width);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < width; ++j) {
      const double sd = 1 + static_cast<double>(j) / 10;
      m(i, j) = static_cast<float>(static_cast<double>(j) + sd * (rng.normal() + moved));
    }
  }
  return m;
}

std::vector<int32_t> all(const Matrix& m) { return first_numbers(static_cast<size_t>(m.rows())); }

TrainingMoments training_of(const Matrix& m, const std::vector<int32_t>& group) {
  const Moments moments = moments_of(m, all(m));
  return {moments, error_of_mean(m, all(m), group, moments)};
}

TEST(Drift, MomentsOfAHandMadeTable) {
  Matrix m(4, 2);
  const float first[] = {1, 3, 5, 100};
  for (int64_t i = 0; i < 4; ++i) m(i, 0) = first[i], m(i, 1) = 0.1f;
  m(1, 1) = std::nextafter(0.1f, 1.0f);
  const std::vector<int32_t> rows = {0, 1, 2};
  const Moments moments = moments_of(m, rows);
  EXPECT_EQ(moments.rows, 3);
  EXPECT_DOUBLE_EQ(moments.mean[0], 3);
  EXPECT_DOUBLE_EQ(moments.sd[0], std::sqrt(8.0 / 3));
  EXPECT_EQ(moments.sd[1], 0);  // constant but for the rounding of a float
  // Groups {1, 5} and {3}: sums of the residuals 0 and 0.
  const std::vector<int32_t> group = {7, 8, 7};
  EXPECT_NEAR(error_of_mean(m, rows, group, moments), 0, 1e-15);
  // Groups {1, 3} and {5}: -2 and 2; v = 2 * 8 / 9, over s^2 = 8 / 3.
  const std::vector<int32_t> other = {7, 7, 8};
  EXPECT_DOUBLE_EQ(error_of_mean(m, rows, other, moments), std::sqrt(2.0 * 8 / 9 / (8.0 / 3)));
  const std::vector<int32_t> one = {7, 7, 7};
  EXPECT_TRUE(std::isnan(error_of_mean(m, rows, one, moments)));
}

Matrix matrix_of(const Json& rows) {
  Matrix m(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (int64_t i = 0; i < m.rows(); ++i) {
    for (int64_t j = 0; j < m.cols(); ++j) m(i, j) = rows[i][j].get<float>();
  }
  return m;
}

TEST(Drift, AgreesWithScikitLearnsStandardScaler) {
  const Json golden = read_json(test::golden("drift.json"));
  const auto groups = [&](const char* name) { return golden[name].get<std::vector<int32_t>>(); };
  const TrainingMoments training = training_of(matrix_of(golden["before"]), groups("before_group"));
  for (size_t j = 0; j < training.moments.mean.size(); ++j) {
    EXPECT_NEAR(training.moments.mean[j], golden["mean"][j].get<double>(), 1e-12);
    EXPECT_NEAR(training.moments.sd[j], golden["sd"][j].get<double>(), 1e-12);
  }
  EXPECT_NEAR(training.error, golden["error"].get<double>(), 1e-12);
  const Drift drift = drift_of(matrix_of(golden["now"]), groups("now_group"), training);
  EXPECT_NEAR(drift.shift, golden["shift"].get<double>(), 1e-12);
  EXPECT_NEAR(drift.sampling, golden["sampling"].get<double>(), 1e-12);
  EXPECT_NEAR(drift.variance_ratio, golden["variance_ratio"].get<double>(), 1e-12);
}

TEST(Drift, EachRowAloneErrsByOneOverTheRootOfN) {
  const Matrix m = drawn(400, 30, 1);
  const Moments moments = moments_of(m, all(m));
  EXPECT_NEAR(error_of_mean(m, all(m), all(m), moments), 1 / std::sqrt(399.0), 1e-9);
}

TEST(Drift, RowsThatAreAlikeInAGroupErrAsTheGroups) {
  const Matrix base = drawn(100, 30, 1);
  Matrix m(400, 30);
  std::vector<int32_t> group;
  for (int32_t i = 0; i < 400; ++i) {
    for (int64_t j = 0; j < 30; ++j) m(i, j) = base(i % 100, j);
    group.push_back(i % 100);
  }
  EXPECT_NEAR(error_of_mean(m, all(m), group, moments_of(m, all(m))), 1 / std::sqrt(99.0), 1e-9);
}

TEST(Drift, OfRowsDrawnAgainIsAboutSamplingNoise) {
  const Matrix before = drawn(500, 40, 1);
  const TrainingMoments training = training_of(before, all(before));
  double ratio = 0;
  for (uint64_t seed = 2; seed < 12; ++seed) {
    const Matrix now = drawn(200, 40, seed);
    const Drift drift = drift_of(now, all(now), training);
    EXPECT_EQ(drift.dimensions, 40);
    EXPECT_NEAR(drift.sampling, std::sqrt(1.0 / 500 + 1.0 / 200), 0.004);
    EXPECT_NEAR(drift.variance_ratio, 1, 0.1);
    ratio += drift.shift * drift.shift / (drift.sampling * drift.sampling) / 10;
  }
  EXPECT_NEAR(ratio, 1, 0.2);
}

TEST(Drift, OfShiftedAndWidenedRowsIsFound) {
  const Matrix before = drawn(500, 40, 1);
  const TrainingMoments training = training_of(before, all(before));
  Matrix now = drawn(300, 40, 2, 0.5);
  Drift drift = drift_of(now, all(now), training);
  EXPECT_NEAR(drift.shift, 0.5, 0.05);
  EXPECT_LT(drift.sampling, 0.1);
  EXPECT_NEAR(drift.variance_ratio, 1, 0.1);
  now = drawn(300, 40, 2);
  for (int64_t i = 0; i < now.size(); ++i) now.data()[i] *= 2;
  drift = drift_of(now, all(now), training);
  EXPECT_NEAR(drift.variance_ratio, 4, 0.4);
}

TEST(Drift, DimensionsThatWereConstantAreLeftOut) {
  Matrix before = drawn(50, 3, 1), now = drawn(50, 3, 2);
  for (int64_t i = 0; i < 50; ++i) before(i, 1) = 0.1f, now(i, 1) = 9;
  const TrainingMoments training = training_of(before, all(before));
  const Drift drift = drift_of(now, all(now), training);
  EXPECT_EQ(drift.dimensions, 2);
  EXPECT_LT(drift.shift, 1);
  Matrix constant(5, 2);
  const Drift unknown = drift_of(constant, all(constant), training_of(constant, all(constant)));
  EXPECT_TRUE(std::isnan(unknown.shift));
  EXPECT_TRUE(std::isnan(unknown.sampling));
  EXPECT_TRUE(std::isnan(unknown.variance_ratio));
}

}  // namespace
}  // namespace puente
