#include "align/joint_geometry.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "align/gap.h"
#include "aligned_tables.h"
#include "support/files.h"

namespace puente {
namespace {

using GoldenJson = nlohmann::json;
using Rows = std::vector<std::vector<double>>;

Matrix of_256ths(const GoldenJson& rows) {
  const auto values = rows.get<std::vector<std::vector<float>>>();
  Matrix matrix(static_cast<int64_t>(values.size()), static_cast<int64_t>(values.at(0).size()));
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    for (int64_t j = 0; j < matrix.cols(); ++j) {
      matrix(i, j) = values[static_cast<size_t>(i)][static_cast<size_t>(j)] / 256;
    }
  }
  return matrix;
}

void expect_three(const std::array<double, 3>& values, const GoldenJson& expected) {
  for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(values[k], expected[k].get<double>(), 1e-9);
}

TEST(JointGeometry, IsThatOfScikitLearnsPcaAndMovesRowsAsNumpyDoes) {
  const GoldenJson golden = GoldenJson::parse(test::read_text(test::golden("geometry.json")));
  const auto fit = golden["fit"].get<std::vector<int32_t>>();
  ASSERT_EQ(golden["cases"].size(), 3u);
  for (const GoldenJson& expected : golden["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    EmbeddingTable table;
    table.image = of_256ths(expected["image_256ths"]);
    table.text = of_256ths(expected["text_256ths"]);
    const JointGeometry geometry = *joint_geometry(table, fit, test::all_rows(table));
    EXPECT_EQ(geometry.fitted_rows, 9);
    expect_three(geometry.variance_share, expected["variance_share"]);
    expect_three(geometry.center, expected["center"]);
    expect_three(geometry.gap, expected["gap"]);
    EXPECT_NEAR(geometry.gap_squared, expected["gap_squared"].get<double>(), 1e-9);
    for (size_t h = 0; h < 2; ++h) {
      const JointHalf& half = h == 0 ? geometry.image : geometry.text;
      EXPECT_EQ(half.stretched, (h == 0 ? table.image : table.text).cols() < geometry.dimension);
      for (int64_t i = 0; i < table.image.rows(); ++i) {
        const auto row = static_cast<size_t>(i);
        EXPECT_NEAR(half.along_gap[row], expected["along_gap"][h][row].get<double>(), 1e-9);
        EXPECT_NEAR(half.squared_length[row], expected["squared_length"][h][row].get<double>(),
                    1e-9);
        for (int64_t k = 0; k < 3; ++k) {
          EXPECT_NEAR(half.components(i, k),
                      expected["components"][h][row][static_cast<size_t>(k)].get<double>(), 1e-9);
        }
        for (const auto& [lambda, halves] : expected["moved"].items()) {
          expect_three(shifted_components(geometry, half, i, std::stod(lambda)), halves[h][row]);
        }
      }
    }
    for (const auto& [lambda, gap] : expected["gap_after"].items()) {
      for (const ShiftedGap& shifted : geometry.shifted) {
        if (std::abs(shifted.lambda - std::stod(lambda)) > 1e-9) continue;
        EXPECT_NEAR(shifted.norm, gap[0].get<double>(), 1e-9);
        EXPECT_NEAR(shifted.paired_cosine, gap[1].get<double>(), 1e-9);
      }
    }
  }
}

/// The closed form against rows that the alignment has moved, projected and measured.
void expect_as_the_alignment(const EmbeddingTable& table, const std::string& method) {
  const JointGeometry geometry =
      *joint_geometry(table, test::all_rows(table), test::all_rows(table));
  ASSERT_EQ(geometry.shifted.size(), 21u);
  for (const ShiftedGap& shifted : geometry.shifted) {
    SCOPED_TRACE(method + " " + std::to_string(shifted.lambda));
    const AlignedTable moved = test::aligned(method + ":" + std::to_string(shifted.lambda), table);
    EmbeddingTable halves;
    halves.image = Matrix(table.image.rows(), moved.image_dim);
    halves.text = Matrix(table.text.rows(), moved.text_dim);
    for (int64_t i = 0; i < table.image.rows(); ++i) {
      std::copy_n(moved.features.row(i), moved.image_dim, halves.image.row(i));
      std::copy_n(moved.features.row(i) + moved.image_dim, moved.text_dim, halves.text.row(i));
      for (const bool is_text : {false, true}) {
        const auto closed = shifted_components(geometry, is_text ? geometry.text : geometry.image,
                                               i, shifted.lambda);
        const auto row = (is_text ? halves.text : halves.image).row_span(i);
        for (size_t k = 0; k < 3; ++k) {
          double projected = 0;
          for (size_t j = 0; j < row.size(); ++j) {
            projected += row[j] * geometry.axes(static_cast<int64_t>(j), static_cast<int64_t>(k));
          }
          EXPECT_NEAR(closed[k], projected, 1e-6);
        }
      }
    }
    const GapMeasures gap = measure_gap(halves);
    EXPECT_NEAR(shifted.norm, gap.gap_norm, 1e-6);
    EXPECT_NEAR(shifted.paired_cosine, gap.paired_cosine, 1e-6);
  }
}

TEST(JointGeometry, ClosedFormIsTheAlignments) {
  EmbeddingTable table = test::random_table(20, 7, 7);
  for (int64_t i = 0; i < table.image.rows(); ++i) table.image(i, 0) += 3;  // a gap
  expect_as_the_alignment(table, "shift");
  for (int64_t j = 0; j < 7; ++j) table.text(3, j) = 0;  // no direction: it stays
  expect_as_the_alignment(table, "shift");
}

TEST(JointGeometry, ClosedFormIsTheAlignmentsOfStretchedRows) {
  expect_as_the_alignment(test::random_table(20, 4, 9), "shift-interpolated");
  expect_as_the_alignment(test::random_table(20, 9, 5), "shift-interpolated");
}

TEST(JointGeometry, FewRowsOfWideVectorsAreWorkedOnByRows) {
  const EmbeddingTable table = test::random_table(12, 40, 40);
  const std::vector<int32_t> all = test::all_rows(table);
  const JointGeometry geometry = *joint_geometry(table, all, all);  // 24 rows, 40 numbers
  // As of other rows, components of the centred unit vectors are uncorrelated, and their variances
  // are the shares.
  double total = 0;
  std::array<std::array<double, 3>, 3> products{};
  for (const JointHalf* half : {&geometry.image, &geometry.text}) {
    for (int64_t i = 0; i < 12; ++i) {
      for (size_t a = 0; a < 3; ++a) {
        for (size_t b = 0; b < 3; ++b) {
          products[a][b] += (half->components(i, static_cast<int64_t>(a)) - geometry.center[a]) *
                            (half->components(i, static_cast<int64_t>(b)) - geometry.center[b]);
        }
      }
    }
  }
  std::vector<double> mean(40);
  std::vector<std::vector<double>> units;
  for (const Matrix* half : {&table.image, &table.text}) {
    for (int64_t i = 0; i < 12; ++i) {
      double squares = 0;
      for (const float x : half->row_span(i)) squares += static_cast<double>(x) * x;
      std::vector<double>& u = units.emplace_back();
      for (const float x : half->row_span(i)) u.push_back(x / std::sqrt(squares));
      for (size_t j = 0; j < 40; ++j) mean[j] += u[j] / 24;
    }
  }
  for (const auto& u : units) {
    for (size_t j = 0; j < 40; ++j) total += (u[j] - mean[j]) * (u[j] - mean[j]);
  }
  for (size_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(products[a][a], geometry.variance_share[a] * total, 1e-9);
    for (size_t b = 0; b < a; ++b) EXPECT_NEAR(products[a][b], 0, 1e-9);
  }
  EXPECT_GT(geometry.variance_share[0], geometry.variance_share[1]);
  expect_as_the_alignment(table, "shift");
}

TEST(JointGeometry, NeedsBothModalitiesAndTakesFewNumbers) {
  EmbeddingTable table = test::random_table(5, 2, 2);
  const JointGeometry flat = *joint_geometry(table, test::all_rows(table), {});
  EXPECT_EQ(flat.image.components.rows(), 0);
  EXPECT_EQ(flat.variance_share[2], 0);  // there is no third axis
  EXPECT_NEAR(flat.variance_share[0] + flat.variance_share[1], 1, 1e-12);
  table.text = Matrix();
  EXPECT_FALSE(joint_geometry(table, test::all_rows(table), {}).has_value());
}

}  // namespace
}  // namespace puente
