#include "tensor/quantise_column.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "puente/matrix.h"

#include "base/rng.h"
#include "support/targets.h"
#include "tensor/quantised_matrix.h"

namespace puente {
namespace {

constexpr int kShift = 6;

struct Column {
  QuantisedColumn whole;
  std::vector<int8_t> values;
  AlignedVector<uint32_t> quarters;

  int quarter(size_t k) const { return static_cast<int>((quarters[k] >> kShift & 3) ^ 2) - 2; }
};

Column quantised(const AlignedVector<float>& x, IntegerForm form) {
  Column column{{}, std::vector<int8_t>(x.size()), AlignedVector<uint32_t>(x.size())};
  column.whole = quantise_column(x, form, column.values.data(), column.quarters.data(), kShift);
  return column;
}

/// By the definition in quantised_matrix.h, in double.
double plain_scale(const AlignedVector<float>& x, IntegerForm form) {
  double largest = 0, few = 0;
  for (const float weight : x) largest = std::max(largest, std::abs(double{weight}));
  for (size_t k = 0; k < x.size(); k += k % 8 == 2 ? 6 : 2) {
    double positive = 0, negative = 0;
    for (const size_t i : {k, k + 1, k + 4, k + 5}) {
      (x[i] > 0 ? positive : negative) += std::abs(double{x[i]});
    }
    few = std::max({few, positive, negative});
  }
  const bool narrow = form == IntegerForm::narrow_quads;
  return std::max(largest / 127, narrow ? few / (QuantisedMatrix::kMostOfFew - 2) : 0);
}

TEST(QuantiseColumn, AgreesWithTheDefinition) {
  test::on_every_target([] {
    for (const IntegerForm form :
         {IntegerForm::tiles, IntegerForm::quads, IntegerForm::narrow_quads, IntegerForm::pairs}) {
      for (const size_t depth : {64, 128, 768}) {
        for (const bool even : {false, true}) {  // evenly distributed, or few large ones
          Rng rng(depth);
          AlignedVector<float> x(depth);
          for (float& v : x) {
            const auto u = static_cast<float>(rng.uniform() * 2 - 1);
            v = even ? u : u * u * u * u * u;
          }
          const Column column = quantised(x, form);
          const double scale = plain_scale(x, form);
          ASSERT_NEAR(column.whole.scale, scale, scale * 1e-6);
          int32_t sum = 0;
          for (size_t k = 0; k < depth; ++k) {
            sum += column.values[k];
            const double steps = x[k] / column.whole.scale, left = steps - column.values[k];
            ASSERT_LE(std::abs(left), 0.5001);
            ASSERT_NEAR(left, (column.quarter(k) + 0.5) / 4, 0.1251);
            ASSERT_EQ(column.quarters[k] & ~(3u << kShift), 0u);
          }
          ASSERT_EQ(column.whole.sum, sum);
        }
      }
    }
  });
}

TEST(QuantiseColumn, HalvesRoundToEvenAndStayInTheirStep) {
  test::on_every_target([] {
    AlignedVector<float> x(64);
    constexpr float kSteps[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 0.25f, -0.25f, 0};
    constexpr int kValues[] = {127, 0, 2, 2, 0, -2, 0, 0, 0};
    constexpr int kQuarters[] = {0, 1, -2, 1, -2, 1, 1, -1, 0};
    std::copy(std::begin(kSteps), std::end(kSteps), x.begin());
    const Column column = quantised(x, IntegerForm::quads);
    EXPECT_EQ(column.whole.scale, 1);
    for (size_t k = 0; k < std::size(kSteps); ++k) {
      EXPECT_EQ(column.values[k], kValues[k]) << kSteps[k];
      EXPECT_EQ(column.quarter(k), kQuarters[k]) << kSteps[k];
    }
  });
}

TEST(QuantiseColumn, KeepsTheQuartersOfOtherColumns) {
  AlignedVector<float> x(64, 1.0f);
  std::vector<int8_t> values(64);
  AlignedVector<uint32_t> quarters(64, ~uint32_t{0});
  quantise_column(x, IntegerForm::quads, values.data(), quarters.data(), kShift);
  for (const uint32_t bits : quarters) EXPECT_EQ(bits, ~(uint32_t{3} << kShift));
}

}  // namespace
}  // namespace puente
