#include "align/live_rows.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "align/alignment.h"
#include "align/normal_noise.h"
#include "aligned_tables.h"
#include "data/rows_at.h"

namespace puente {
namespace {

using test::aligned;
using test::all_rows;
using test::random_table;

TEST(LiveRows, NoiseIsForTrainingAlone) {
  const EmbeddingTable table = random_table(20, 8, 4);
  for (const char* with : {"noise:0.3", "noise:paper", "noise+noise:0.1"}) {
    EXPECT_EQ(aligned(with, table).features, aligned("none", table).features) << with;
  }
  const Alignment alignment(AlignSpec::parse("normalise+noise:0.3"), table, all_rows(table));
  const AlignedTable training = alignment.for_training(table);
  ASSERT_NE(training.live, nullptr);
  EXPECT_EQ(training.features, aligned("normalise", table).features);
  const std::vector<const float*> rows = row_pointers(training.features);
  EXPECT_EQ(training.live->scored(rows, 0), alignment.apply(table).features);
  const auto noise = [&](NoiseKey key) {
    Matrix out(20, 12);
    training.live->train(rows, key, 0, out.view(), {});
    for (int64_t i = 0; i < out.size(); ++i) out.data()[i] -= training.features.data()[i];
    return out;
  };
  const Matrix one = noise({1, 0, 0});
  EXPECT_EQ(noise({1, 0, 0}), one);
  EXPECT_NE(noise({1, 1, 0}), one);
  EXPECT_NE(noise({2, 0, 0}), one);
  // Row 5 of the batch, made alone.
  Matrix fifth(1, 12);
  training.live->train({&rows[5], 1}, {1, 0, 5}, 0, fifth.view(), {});
  for (int64_t j = 0; j < 12; ++j) {
    EXPECT_EQ(fifth(0, j) - training.features(5, j), one(5, j));
  }
  // Its size: 0.3 / sqrt(d).
  double image = 0, text = 0;
  constexpr int kSteps = 200;
  for (uint64_t step = 0; step < kSteps; ++step) {
    const Matrix drawn = noise({3, step, 0});
    for (int64_t i = 0; i < 20; ++i) {
      for (int64_t j = 0; j < 12; ++j)
        (j < 8 ? image : text) += static_cast<double>(drawn(i, j)) * drawn(i, j);
    }
  }
  EXPECT_NEAR(image / (kSteps * 20), 0.09, 0.003);
  EXPECT_NEAR(text / (kSteps * 20), 0.09, 0.004);
}

TEST(LiveRows, EveryUseOfAKeyHasNoiseOfItsOwn) {
  EmbeddingTable table = random_table(4, 5, 5);
  table.text = table.image;
  const auto noise = [&](const char* spec) {
    const Alignment alignment(AlignSpec::parse(spec), table, all_rows(table));
    const AlignedTable training = alignment.for_training(table);
    Matrix out(4, 10);
    training.live->train(row_pointers(training.features), {1, 0, 0}, 0, out.view(), {});
    for (int64_t i = 0; i < out.size(); ++i) out.data()[i] -= training.features.data()[i];
    return out;
  };
  const Matrix once = noise("noise:1"), twice = noise("noise:1+noise:1");
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t j = 0; j < 5; ++j) {
      EXPECT_GT(std::abs(once(i, j) - once(i, 5 + j)), 1e-5);   // of two modalities
      EXPECT_GT(std::abs(twice(i, j) - 2 * once(i, j)), 1e-5);  // of two steps
    }
  }
}

TEST(LiveRows, ARowOfZerosHasNoSlope) {
  EmbeddingTable table = random_table(3, 4, 4);
  const Alignment alignment(AlignSpec::parse("shift-learned"), table, all_rows(table));
  std::ranges::fill(table.image.row_span(1), 0.0f);
  const AlignedTable training = alignment.for_training(table);
  Matrix out(3, 8), slope(3, 8);
  std::fill_n(slope.data(), slope.size(), 7.0f);  // of the batch before
  training.live->train(row_pointers(training.features), {}, 0.5, out.view(), slope.view());
  for (int64_t j = 0; j < 4; ++j) EXPECT_EQ(slope(1, j), 0);
}

TEST(NormalNoise, IsNormal) {
  constexpr size_t kDraws = 400000;
  std::vector<double> draws(kDraws);
  add_normal_noise({7, 1, 2}, 0, 1, draws);
  std::ranges::sort(draws);
  // Kolmogorov and Smirnov: the largest distance to the distribution function.
  double distance = 0;
  for (size_t i = 0; i < kDraws; ++i) {
    const double at = 0.5 * std::erfc(-draws[i] / std::sqrt(2.0));
    distance = std::max({distance, std::abs(at - static_cast<double>(i) / kDraws),
                         std::abs(at - static_cast<double>(i + 1) / kDraws)});
  }
  EXPECT_LT(distance * std::sqrt(static_cast<double>(kDraws)), 1.95);  // one in a thousand is above
  // The tail beyond the ziggurat's last layer, 0.000576 of all.
  const auto beyond = static_cast<double>(
      std::ranges::count_if(draws, [](double x) { return std::abs(x) > 3.442619855899; }));
  EXPECT_NEAR(beyond, 0.000575722 * kDraws, 60);
  EXPECT_GT(draws.back(), 4);
}

TEST(LiveRows, ALearnedLambdaIsAShift) {
  const EmbeddingTable table = random_table(20, 6, 6);
  Alignment learned(AlignSpec::parse("shift-learned"), table, all_rows(table));
  EXPECT_EQ(learned.apply(table).features, aligned("shift:0", table).features);
  learned.set_lambda(0.7);
  EXPECT_EQ(learned.apply(table).features, aligned("shift:0.7", table).features);
}

TEST(LiveRows, TheSlopeOfALearnedShiftIsThatOfItsRows) {
  const EmbeddingTable table = random_table(12, 6, 6);
  const Alignment alignment(AlignSpec::parse("noise:0.2+shift-learned"), table, all_rows(table));
  const AlignedTable training = alignment.for_training(table);
  const std::vector<const float*> rows = row_pointers(training.features);
  for (const double lambda : {-0.8, 0.0, 1.3}) {
    Matrix above(12, 12), below(12, 12), at(12, 12), slope(12, 12);
    const NoiseKey key{1, 2, 0};
    training.live->train(rows, key, lambda + 0.01, above.view(), {});
    training.live->train(rows, key, lambda - 0.01, below.view(), {});
    training.live->train(rows, key, lambda, at.view(), slope.view());
    for (int64_t i = 0; i < slope.size(); ++i) {
      EXPECT_NEAR(slope.data()[i], (above.data()[i] - below.data()[i]) / 0.02, 5e-5);
    }
  }
}

}  // namespace
}  // namespace puente
