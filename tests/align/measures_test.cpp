#include <Eigen/Eigenvalues>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "align/largest_eigenvectors.h"
#include "align/table_measures.h"
#include "base/rng.h"
#include "formats/npy.h"
#include "support/files.h"

namespace puente {
namespace {

using MeasuresJson = nlohmann::json;

Matrix from_64ths(const MeasuresJson& rows) {
  Matrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    for (int64_t j = 0; j < matrix.cols(); ++j) {
      matrix(i, j) = rows[static_cast<size_t>(i)][static_cast<size_t>(j)].get<float>() / 64;
    }
  }
  return matrix;
}

Matrix random_matrix(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Matrix matrix(rows, cols);
  for (int64_t i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(rng.normal());
  return matrix;
}

template <size_t N>
void expect_near(const std::array<double, N>& values, const MeasuresJson& expected, double error) {
  for (size_t i = 0; i < N; ++i) EXPECT_NEAR(values[i], expected[i].get<double>(), error) << i;
}

void expect_pairing(const OneWayPairing& pairing, const MeasuresJson& expected) {
  EXPECT_EQ(pairing.candidates, expected["candidates"].get<int64_t>());
  expect_near(pairing.recall, expected["recall"], 1e-12);
  expect_near(pairing.chance, expected["chance"], 1e-12);
  EXPECT_NEAR(pairing.clip_loss, expected["loss"].get<double>(), 1e-11);
}

void expect_measures(const EmbeddingTable& table, const MeasuresJson& expected) {
  Silent silent;
  const TableMeasures measures = measure_table(
      table, {.temperature = expected["temperature"].get<double>(), .threads = 2}, silent);
  EXPECT_EQ(measures.rows, table.rows());
  const auto number = [&](const char* name) { return expected[name].get<double>(); };
  EXPECT_NEAR(measures.gap.image_angle, number("image_angle"), 1e-9);
  EXPECT_NEAR(measures.gap.text_angle, number("text_angle"), 1e-9);
  EXPECT_NEAR(measures.gap.paired_distance, number("paired_distance"), 1e-12);
  EXPECT_NEAR(measures.gap.paired_squares, number("paired_squares"), 1e-12);
  EXPECT_NEAR(measures.gap.gap_norm * measures.gap.gap_norm, number("centroid_part"), 1e-12);
  EXPECT_NEAR(measures.gap.distribution_part, number("distribution_part"), 1e-12);
  EXPECT_NEAR(measures.image_rank.value(), number("image_rank"), 1e-9);
  EXPECT_NEAR(measures.text_rank.value(), number("text_rank"), 1e-9);
  ASSERT_TRUE(measures.joint && measures.pairing);
  expect_near(measures.joint->share, expected["joint"]["share"], 1e-11);
  expect_near(measures.joint->image_variance, expected["joint"]["image_variance"], 1e-11);
  expect_near(measures.joint->text_variance, expected["joint"]["text_variance"], 1e-11);
  expect_pairing(measures.pairing->image_to_text, expected["image_to_text"]);
  expect_pairing(measures.pairing->text_to_image, expected["text_to_image"]);
}

// More rows than numbers with texts that repeat and an image without a length, and fewer.
TEST(Measures, AreThoseOfNumpy) {
  const MeasuresJson golden = MeasuresJson::parse(test::read_text(test::golden("measures.json")));
  for (const MeasuresJson& one : golden["cases"]) {
    EmbeddingTable table;
    table.image = from_64ths(one["image_64ths"]);
    table.text = from_64ths(one["text_64ths"]);
    expect_measures(table, one["measures"]);
  }
}

TEST(Measures, OfFiveHundredPairsOfTheTrainedClipAreThoseOfNumpy) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "clip_modality_gap/features_clip.npy");
  const NpyFile file(path);
  EmbeddingTable table;
  table.image = Matrix(500, 512);
  table.text = Matrix(500, 512);
  to_float(file.tensor(), 0, {table.image.data(), 500 * 512});
  to_float(file.tensor(), 500 * 512, {table.text.data(), 500 * 512});
  const MeasuresJson golden = MeasuresJson::parse(test::read_text(test::golden("measures.json")));
  expect_measures(table, golden["clip_modality_gap"]);
}

TEST(Measures, DoNotDependOnTheNumberOfThreads) {
  EmbeddingTable table;
  table.image = random_matrix(300, 130, 1);
  table.text = random_matrix(300, 130, 2);
  Silent silent;
  const TableMeasures one = measure_table(table, {.threads = 1}, silent);
  const TableMeasures three = measure_table(table, {.threads = 3}, silent);
  EXPECT_EQ(one.image_rank, three.image_rank);
  EXPECT_EQ(one.joint->image_variance, three.joint->image_variance);
  EXPECT_EQ(one.pairing->image_to_text.recall, three.pairing->image_to_text.recall);
  EXPECT_EQ(one.pairing->text_to_image.clip_loss, three.pairing->text_to_image.clip_loss);
}

TEST(Measures, OfTheRowsDrawnAreThoseOfATableOfThem) {
  EmbeddingTable table;
  table.image = random_matrix(50, 6, 1);
  table.text = random_matrix(50, 6, 2);
  Silent silent;
  const TableMeasures some = measure_table(table, {.most_rows = 20}, silent);
  EXPECT_EQ(some.rows, 20);
  EXPECT_EQ(some.pairing->rows, 20);
  EXPECT_EQ(some.pairing->text_to_image.candidates, 20);
  EXPECT_EQ(some.gap.gap_norm, measure_gap(table).gap_norm);
  EXPECT_NE(*some.image_rank, *measure_table(table, {}, silent).image_rank);
  EXPECT_EQ(some.image_rank, measure_table(table, {.most_rows = 20}, silent).image_rank);
}

TEST(Measures, WhatATableCannotSayIsLeftOut) {
  Silent silent;
  EmbeddingTable table;
  EXPECT_FALSE(measure_table(table, {}, silent).image_rank);
  table.image = random_matrix(3, 4, 1);
  const TableMeasures images = measure_table(table, {}, silent);
  EXPECT_TRUE(images.image_rank);
  EXPECT_FALSE(images.text_rank || images.joint || images.pairing);
  table.text = random_matrix(3, 5, 1);
  const TableMeasures unequal = measure_table(table, {}, silent);
  EXPECT_TRUE(unequal.text_rank);
  EXPECT_FALSE(unequal.joint || unequal.pairing);
}

TEST(Measures, OneRowHasNothingThatVaries) {
  Silent silent;
  EmbeddingTable table;
  table.image = table.text = random_matrix(1, 4, 1);
  const TableMeasures one = measure_table(table, {}, silent);
  EXPECT_TRUE(std::isnan(*one.image_rank));
  EXPECT_TRUE(std::isnan(one.joint->share[0]));
  EXPECT_EQ(one.pairing->image_to_text.recall[0], 1);
  EXPECT_EQ(one.pairing->image_to_text.chance[0], 1);
  EXPECT_NEAR(one.pairing->image_to_text.clip_loss, 0, 1e-12);
}

TEST(Measures, EqualCosinesAreInRandomOrder) {
  Silent silent;
  EmbeddingTable table;  // four texts in one direction, but for their lengths
  table.image = random_matrix(4, 2, 3);
  table.text = Matrix(4, 2);
  for (int64_t i = 0; i < 4; ++i) table.text(i, 0) = static_cast<float>(1 << i);
  const TableMeasures measures = measure_table(table, {}, silent);
  EXPECT_EQ(measures.pairing->image_to_text.candidates, 4);
  EXPECT_NEAR(measures.pairing->image_to_text.recall[0], 0.25, 1e-15);
  EXPECT_NEAR(measures.pairing->image_to_text.clip_loss, std::log(4), 1e-12);
}

TEST(LargestEigenvectors, OfAMatrixThatIsTooLargeForAFullDecomposition) {
  const Matrix x = random_matrix(1000, 450, 7);
  const Eigen::MatrixXd rows =
      Eigen::Map<const Eigen::Matrix<float, -1, -1, Eigen::RowMajor>>(x.data(), 1000, 450)
          .cast<double>();
  const Eigen::MatrixXd a = rows.transpose() * rows;
  const Eigen::MatrixXd found = largest_eigenvectors(a, 2);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> full(a);
  for (int i = 0; i < 2; ++i) {
    const Eigen::VectorXd expected = full.eigenvectors().col(449 - i);
    EXPECT_NEAR(std::abs(found.col(i).dot(expected)), 1, 1e-12) << i;
  }
}

TEST(LargestEigenvectors, OfAMatrixOfRankOne) {
  Eigen::VectorXd v = Eigen::VectorXd::Zero(500);
  v(7) = 2;
  const Eigen::MatrixXd found = largest_eigenvectors(v * v.transpose(), 2);
  EXPECT_NEAR(std::abs(found(7, 0)), 1, 1e-12);
  EXPECT_NEAR(found.col(0).dot(found.col(1)), 0, 1e-12);
  EXPECT_NEAR(found.col(1).norm(), 1, 1e-12);
}

}  // namespace
}  // namespace puente
