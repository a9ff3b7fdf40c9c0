#include "tensor/rope.h"

#include <cmath>
#include <complex>
#include <gtest/gtest.h>

#include "random_matrix.h"

namespace puente {
namespace {

using test::random_matrix;

TEST(Rope, turns_pairs_of_halves_in_the_plane) {
  const int64_t size = 20, heads = 3;
  const Rope rope(rope_frequencies(size, 500), 40);
  for (const int64_t position : {0, 1, 39}) {
    Matrix x = random_matrix(1, heads * size, 4);
    const Matrix before = x;
    rope.turn(x.row_span(0), position, 0.5f);
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t i = 0; i < size / 2; ++i) {
        const double angle =
            static_cast<double>(position) * std::pow(500.0, -2.0 * static_cast<double>(i) / size);
        const std::complex<double> point(before(0, h * size + i),
                                         before(0, h * size + size / 2 + i));
        const auto turned = 0.5 * point * std::polar(1.0, angle);
        EXPECT_NEAR(x(0, h * size + i), turned.real(), 1e-7);
        EXPECT_NEAR(x(0, h * size + size / 2 + i), turned.imag(), 1e-7);
      }
    }
  }
}

TEST(Rope, scores_depend_on_the_distance_alone) {
  const Rope rope(rope_frequencies(16, 10000), 100);
  const Matrix q = random_matrix(1, 16, 1), k = random_matrix(1, 16, 2);
  const auto score = [&](int64_t query_at, int64_t key_at) {
    Matrix a = q, b = k;
    rope.turn(a.row_span(0), query_at, 1);
    rope.turn(b.row_span(0), key_at, 1);
    double sum = 0;
    for (int64_t i = 0; i < 16; ++i) sum += a(0, i) * b(0, i);
    return sum;
  };
  EXPECT_NEAR(score(30, 7), score(93, 70), 1e-6);
  EXPECT_GT(std::abs(score(30, 7) - score(31, 7)), 1e-4);
}

TEST(Rope, llama3_leaves_fast_turns_and_slows_slow_ones) {
  std::vector<double> frequencies = rope_frequencies(128, 500000);
  const std::vector<double> before = frequencies;
  stretch(frequencies, {.factor = 8,
                        .low_frequency_factor = 1,
                        .high_frequency_factor = 4,
                        .original_context = 8192});
  EXPECT_EQ(frequencies.front(), before.front());
  EXPECT_DOUBLE_EQ(frequencies.back(), before.back() / 8);
  for (size_t i = 1; i < frequencies.size(); ++i) EXPECT_LT(frequencies[i], frequencies[i - 1]);
  // transformers 4.46, _compute_llama3_parameters with LLaMA-3.1's configuration, in float32.
  for (const auto& [i, expected] : {std::pair(1, 0.8146172165870667),
                                    {28, 0.0032114461064338684},
                                    {29, 0.0021665706299245358},
                                    {30, 0.0013718936825171113},
                                    {31, 0.0008567514596506953},
                                    {32, 0.0005248460220173001},
                                    {33, 0.0003126936499029398},
                                    {34, 0.0001785077911335975},
                                    {35, 9.556212171446532e-05},
                                    {36, 7.784655463183299e-05},
                                    {63, 3.068925877869333e-07}}) {
    EXPECT_NEAR(frequencies[static_cast<size_t>(i)] / expected, 1, 1e-6) << i;
  }
}

}  // namespace
}  // namespace puente
