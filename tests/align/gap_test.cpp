#include "align/gap.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "formats/npy.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;

Matrix matrix_of(const std::vector<std::vector<float>>& values) {
  Matrix matrix(static_cast<int64_t>(values.size()),
                values.empty() ? 0 : static_cast<int64_t>(values[0].size()));
  for (size_t i = 0; i < values.size(); ++i) {
    std::copy(values[i].begin(), values[i].end(), matrix.row(static_cast<int64_t>(i)));
  }
  return matrix;
}

TEST(Gap, MeasuresAreThoseOfNumpy) {
  const Json golden = Json::parse(test::read_text(test::golden("alignment.json")));
  const Json& first = golden["cases"][0];
  EmbeddingTable table;
  table.image = matrix_of(first["image_256ths"].get<std::vector<std::vector<float>>>());
  table.text = matrix_of(first["text_256ths"].get<std::vector<std::vector<float>>>());
  const GapMeasures measures = measure_gap(table);
  const Json& expected = first["measures"];
  const auto expect = [&](double value, const char* name, double scale = 1) {
    EXPECT_NEAR(value * scale, expected[name].get<double>(), 1e-13) << name;
  };
  expect(measures.image_norm, "image_norm", 1.0 / 256);
  expect(measures.text_norm, "text_norm", 1.0 / 256);
  expect(measures.image_cosine, "image_cosine");
  expect(measures.text_cosine, "text_cosine");
  expect(measures.image_variance, "image_variance");
  expect(measures.text_variance, "text_variance");
  expect(measures.gap_norm, "gap_norm");
  expect(measures.paired_cosine, "paired_cosine");
  expect(measures.cross_cosine, "cross_cosine");
}

// Expected numbers: tools/golden_alignment.py's measures() in float64 on the same file.
TEST(Gap, RealClipEmbeddingsOfFiveHundredPairs) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "clip_modality_gap/features_clip.npy");
  const NpyFile file(path);
  ASSERT_EQ(std::vector<int64_t>(file.shape().begin(), file.shape().end()),
            (std::vector<int64_t>{2, 500, 512}));
  EmbeddingTable table;
  table.image = Matrix(500, 512);
  table.text = Matrix(500, 512);
  to_float(file.tensor(), 0, {table.image.data(), 500 * 512});
  to_float(file.tensor(), 500 * 512, {table.text.data(), 500 * 512});
  const GapMeasures measures = measure_gap(table);
  EXPECT_NEAR(measures.gap_norm, 0.8513518694360871, 1e-12);
  EXPECT_NEAR(measures.image_cosine, 0.531483046668578, 1e-12);
  EXPECT_NEAR(measures.text_cosine, 0.5151940990912933, 1e-12);
  EXPECT_NEAR(measures.paired_cosine, 0.30991859223732376, 1e-12);
  EXPECT_NEAR(measures.cross_cosine, 0.16189189293801592, 1e-12);
  EXPECT_NEAR(measures.image_variance, 0.46757991942475907, 1e-12);
  EXPECT_NEAR(measures.text_variance, 0.4838362891068893, 1e-12);
}

TEST(Gap, EqualRowsHaveNoVarianceAndCosineOne) {
  EmbeddingTable table;
  table.image = matrix_of({{1, 2, 3}, {2, 4, 6}, {1, 2, 3}});
  const GapMeasures measures = measure_gap(table);
  EXPECT_NEAR(measures.image_cosine, 1, 1e-15);
  EXPECT_GE(measures.image_variance, 0);
  EXPECT_NEAR(measures.image_variance, 0, 1e-15);
  EXPECT_NEAR(measures.image_norm, std::sqrt(14.0) * 4 / 3, 1e-12);
}

TEST(Gap, WhatTheTableCannotSayIsNotANumber) {
  EmbeddingTable table;
  const GapMeasures nothing = measure_gap(table);
  EXPECT_TRUE(std::isnan(nothing.image_norm));
  EXPECT_TRUE(std::isnan(nothing.gap_norm));

  table.image = matrix_of({{3, 4}});
  const GapMeasures one_image = measure_gap(table);
  EXPECT_EQ(one_image.image_norm, 5);
  EXPECT_TRUE(std::isnan(one_image.image_cosine));
  EXPECT_TRUE(std::isnan(one_image.text_norm));
  EXPECT_TRUE(std::isnan(one_image.gap_norm));

  table.text = matrix_of({{1, 2, 3}});
  const GapMeasures unequal = measure_gap(table);
  EXPECT_FALSE(std::isnan(unequal.text_norm));
  EXPECT_TRUE(std::isnan(unequal.gap_norm));
  EXPECT_TRUE(std::isnan(unequal.paired_cosine));
}

TEST(Gap, ARowOfZerosCountsAsCosineZero) {
  EmbeddingTable table;
  table.image = matrix_of({{1, 0}, {0, 0}, {1, 0}});
  table.text = matrix_of({{1, 0}, {1, 0}, {1, 0}});
  const GapMeasures measures = measure_gap(table);
  EXPECT_NEAR(measures.image_cosine, 1.0 / 3, 1e-15);
  EXPECT_NEAR(measures.paired_cosine, 2.0 / 3, 1e-15);
  EXPECT_NEAR(measures.image_variance, 2.0 / 9, 1e-15);
}

}  // namespace
}  // namespace puente
