// measure_parity() against the definition, written out in double.
#include "certify/parity.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <tuple>
#include <vector>

#include "base/rng.h"

namespace puente {
namespace {

using Rows = std::vector<std::vector<double>>;

double cosine(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t j = 0; j < a.size(); ++j) {
    ab += a[j] * b[j];
    aa += a[j] * a[j];
    bb += b[j] * b[j];
  }
  if (aa == 0 && bb == 0) return 1;
  return aa == 0 || bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

Rows rows_of(const Matrix& m) {
  Rows rows;
  for (int64_t i = 0; i < m.rows(); ++i) rows.emplace_back(m.row(i), m.row(i) + m.cols());
  return rows;
}

Rows minus(Rows rows, const std::vector<double>& centre) {
  for (auto& row : rows) {
    for (size_t j = 0; j < row.size(); ++j) row[j] -= centre[j];
  }
  return rows;
}

size_t nearest(const Rows& rows, size_t i) {
  size_t best = i == 0 ? 1 : 0;
  for (size_t j = 0; j < rows.size(); ++j) {
    if (j != i && cosine(rows[i], rows[j]) > cosine(rows[i], rows[best])) best = j;
  }
  return best;
}

std::vector<double> mean(const Rows& rows) {
  std::vector<double> centre(rows[0].size());
  for (const auto& row : rows) {
    for (size_t j = 0; j < row.size(); ++j) centre[j] += row[j] / static_cast<double>(rows.size());
  }
  return centre;
}

double length(const std::vector<double>& row) {
  double squares = 0;
  for (const double x : row) squares += x * x;
  return std::sqrt(squares);
}

Parity naive(const Matrix& fp32, const Matrix& int8) {
  const Rows plain = rows_of(fp32);
  const std::vector<double> centre = mean(plain), other = mean(rows_of(int8));
  const Rows a = minus(plain, centre), b = minus(rows_of(int8), other);
  Parity parity;
  parity.inputs = fp32.rows();
  parity.lowest_cosine = 1;
  const auto n = static_cast<double>(a.size());
  double squares = 0;
  for (const auto& row : a) squares += length(row) * length(row) / n;
  const double moved = length(minus({other}, centre)[0]);
  parity.shift = moved == 0 ? 0 : moved / std::sqrt(squares);
  for (size_t i = 0; i < a.size(); ++i) {
    parity.mean_cosine += cosine(a[i], b[i]) / n;
    parity.lowest_cosine = std::min(parity.lowest_cosine, cosine(a[i], b[i]));
    const size_t x = nearest(a, i), y = nearest(b, i);
    parity.same_neighbour += (x == y || plain[x] == plain[y] ? 1 : 0) / n;
    for (size_t j = 0; j < a.size(); ++j) {
      if (i != j) parity.cone += cosine(plain[i], plain[j]) / (n * (n - 1));
    }
  }
  return parity;
}

/// Vectors in a cone: a common part of length `common`, and normal numbers.
Matrix cone(int64_t rows, int64_t cols, double common, Rng& rng) {
  Matrix m(rows, cols);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) {
      m(i, j) = static_cast<float>(rng.normal() + (j == 0 ? common : 0));
    }
  }
  return m;
}

Matrix with_noise(Matrix m, double deviation, Rng& rng) {
  for (int64_t i = 0; i < m.size(); ++i) {
    m.data()[i] += static_cast<float>(deviation * rng.normal());
  }
  return m;
}

void expect_equal(const Parity& got, const Parity& expected) {
  EXPECT_EQ(got.inputs, expected.inputs);
  EXPECT_NEAR(got.mean_cosine, expected.mean_cosine, 1e-6);
  EXPECT_NEAR(got.lowest_cosine, expected.lowest_cosine, 1e-6);
  EXPECT_NEAR(got.same_neighbour, expected.same_neighbour, 1e-12);
  EXPECT_NEAR(got.cone, expected.cone, 1e-6);
  EXPECT_NEAR(got.shift, expected.shift, 1e-9 + 1e-9 * expected.shift);
}

TEST(Parity, IsWhatItsDefinitionSays) {
  for (const auto& [rows, cols, common, noise] :
       {std::tuple(2, 1, 0.0, 0.1), {3, 5, 0.0, 0.5}, {65, 33, 20.0, 0.3}, {300, 24, 50.0, 1.0}}) {
    SCOPED_TRACE(rows);
    Rng rng(static_cast<uint64_t>(rows));
    const Matrix fp32 = cone(rows, cols, common, rng);
    const Matrix int8 = with_noise(fp32, noise, rng);
    const Parity expected = naive(fp32, int8);
    expect_equal(measure_parity(fp32, int8, 1), expected);
    expect_equal(measure_parity(fp32, int8, 3), expected);
  }
}

TEST(Parity, IsPerfectForTheSameVectors) {
  Rng rng(1);
  const Matrix fp32 = cone(70, 16, 30, rng);
  const Parity parity = measure_parity(fp32, fp32, 2);
  EXPECT_NEAR(parity.lowest_cosine, 1, 1e-6);
  EXPECT_EQ(parity.same_neighbour, 1);
  EXPECT_GT(parity.cone, 0.9);
}

TEST(Parity, ACommonShiftIsAMeasureOfItsOwn) {
  Rng rng(4);
  const Matrix fp32 = cone(100, 16, 5, rng);
  Matrix int8 = fp32;
  for (int64_t i = 0; i < int8.rows(); ++i) int8(i, 3) += 2;
  const Parity parity = measure_parity(fp32, int8, 1);
  EXPECT_NEAR(parity.lowest_cosine, 1, 1e-6);
  EXPECT_EQ(parity.same_neighbour, 1);
  EXPECT_NEAR(parity.shift, 0.5, 0.05);  // 2 in units of sqrt(16)
}

TEST(Parity, SeesInANarrowConeWhatAPlainCosineHides) {
  Rng rng(2);
  const Matrix fp32 = cone(100, 16, 1000, rng);
  const Matrix int8 = with_noise(fp32, 2, rng);
  const Parity parity = measure_parity(fp32, int8, 1);
  EXPECT_GT(cosine(rows_of(fp32)[0], rows_of(int8)[0]), 0.9999);
  EXPECT_LT(parity.mean_cosine, 0.6);
  EXPECT_LT(parity.same_neighbour, 0.7);
}

TEST(Parity, CountsInputsOfOneVectorAsOne) {
  Rng rng(3);
  Matrix fp32 = cone(60, 8, 0, rng);
  for (int64_t i = 20; i < 60; ++i) std::copy_n(fp32.row(i - 20), 8, fp32.row(i));
  const Matrix int8 = with_noise(fp32, 1e-3, rng);  // either of the two others may be nearest now
  EXPECT_EQ(measure_parity(fp32, int8, 1).same_neighbour, 1);
}

TEST(Parity, HasNoDirectionAtTheMean) {
  Matrix fp32(3, 2);  // rows 1 and -1 and their mean
  fp32(0, 0) = 1;
  fp32(1, 0) = -1;
  expect_equal(measure_parity(fp32, fp32, 1), naive(fp32, fp32));
  EXPECT_EQ(measure_parity(fp32, fp32, 1).lowest_cosine, 1);
  Matrix int8 = fp32;
  int8(2, 1) = 0.01f;
  EXPECT_EQ(measure_parity(fp32, int8, 1).lowest_cosine, 0);
}

}  // namespace
}  // namespace puente
