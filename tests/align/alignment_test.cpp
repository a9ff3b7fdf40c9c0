#include "align/alignment.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "align/gap.h"
#include "aligned_tables.h"
#include "base/rng.h"
#include "data/rows_at.h"
#include "support/files.h"

namespace puente {
namespace {

using test::aligned;
using test::all_rows;
using test::random_table;

using Json = nlohmann::json;

Matrix golden_matrix(const Json& rows, float scale = 1) {
  const auto values = rows.get<std::vector<std::vector<float>>>();
  Matrix matrix(static_cast<int64_t>(values.size()), static_cast<int64_t>(values.at(0).size()));
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = 0; j < values[i].size(); ++j) {
      matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = values[i][j] * scale;
    }
  }
  return matrix;
}

EmbeddingTable table_of(const Json& image, const Json& text, float scale = 1) {
  EmbeddingTable table;
  table.source = "t.csv";
  if (!image.is_null()) table.image = golden_matrix(image, scale);
  if (!text.is_null()) table.text = golden_matrix(text, scale);
  return table;
}

Json golden_alignment() { return Json::parse(test::read_text(test::golden("alignment.json"))); }

double length(std::span<const float> row) {
  double squares = 0;
  for (float x : row) squares += static_cast<double>(x) * x;
  return std::sqrt(squares);
}

TEST(Alignment, StepsAreScipysAndScikitLearns) {
  const Json golden = golden_alignment();
  for (const Json& expected : golden["methods"]) {
    const EmbeddingTable table =
        table_of(expected["image_256ths"], expected["text_256ths"], 1.0f / 256);
    const auto fit = expected["fit"].get<std::vector<int32_t>>();
    for (const auto& [spec, rows] : expected["features"].items()) {
      SCOPED_TRACE(spec);
      const AlignedTable result = Alignment(AlignSpec::parse(spec), table, fit).apply(table);
      const Matrix features = golden_matrix(rows);
      // scikit-learn finds canonical directions by iteration.
      const float tolerance = spec.starts_with("cca") ? 1e-5f : 2e-6f;
      ASSERT_EQ(result.features.rows(), features.rows());
      ASSERT_EQ(result.features.cols(), features.cols());
      EXPECT_EQ(result.image_dim + result.text_dim, features.cols());
      for (int64_t i = 0; i < features.size(); ++i) {
        const float value = features.data()[i];
        EXPECT_NEAR(result.features.data()[i], value, tolerance * std::max(1.0f, std::abs(value)));
      }
    }
  }
}

TEST(Alignment, ShiftsAsTheAuthorsDoInNumpy) {
  const Json golden = golden_alignment();
  const auto fit = golden["fit"].get<std::vector<int32_t>>();
  for (const Json& expected : golden["cases"]) {
    const EmbeddingTable table =
        table_of(expected["image_256ths"], expected["text_256ths"], 1.0f / 256);
    const bool equal_sizes = table.image.cols() == table.text.cols();
    for (const Json& shift : expected["shifts"]) {
      const AlignSpec spec{{{equal_sizes ? AlignKind::shift : AlignKind::shift_interpolated,
                             shift["lambda"].get<double>()}}};
      const Alignment alignment(spec, table, fit);
      const auto gap = shift["gap"].get<std::vector<double>>();
      const std::vector<double>& direction = alignment.steps().front().text.direction;
      ASSERT_EQ(direction.size(), gap.size());
      for (size_t j = 0; j < gap.size(); ++j) EXPECT_NEAR(direction[j], gap[j], 1e-14);
      const AlignedTable result = alignment.apply(table);
      const int64_t width = std::max(table.image.cols(), table.text.cols());
      EXPECT_EQ(result.image_dim, width);
      EXPECT_EQ(result.text_dim, width);
      const Matrix features = golden_matrix(shift["features"]);
      ASSERT_EQ(result.features.rows(), features.rows());
      ASSERT_EQ(result.features.cols(), features.cols());
      for (int64_t i = 0; i < features.size(); ++i) {
        EXPECT_NEAR(result.features.data()[i], features.data()[i], 1e-7);
      }
    }
  }
}

TEST(Alignment, InterpolatedOnEqualSizesIsTheShift) {
  const EmbeddingTable table = random_table(20, 5, 5);
  EXPECT_EQ(aligned("shift-interpolated:0.7", table).features,
            aligned("shift:0.7", table).features);
}

TEST(Alignment, NoneLeavesEveryBitAndNormaliseIsShiftByZero) {
  const EmbeddingTable table = random_table(30, 7, 7);
  const AlignedTable none = aligned("none", table);
  EXPECT_EQ(none.image_dim, 7);
  EXPECT_EQ(none.text_dim, 7);
  const AlignedTable normalised = aligned("normalise", table);
  for (int64_t i = 0; i < 30; ++i) {
    for (int64_t j = 0; j < 7; ++j) {
      EXPECT_EQ(none.features(i, j), table.image(i, j));
      EXPECT_EQ(none.features(i, 7 + j), table.text(i, j));
    }
    EXPECT_NEAR(length(normalised.features.row_span(i).first(7)), 1, 1e-6);
    EXPECT_NEAR(length(normalised.features.row_span(i).last(7)), 1, 1e-6);
  }
  EXPECT_EQ(normalised.features, aligned("shift:0", table).features);
  EXPECT_EQ(normalised.features, aligned("shift-interpolated:0", table).features);
}

TEST(Alignment, OnlyTheFittingRowsAreFittedOn) {
  for (const char* spec :
       {"centre", "standardise", "whiten", "shift:0.5", "shift-printed:0.5", "shift-learned",
        "procrustes", "ridge", "cca:2", "pca:2", "noise+centre+shift:1"}) {
    SCOPED_TRACE(spec);
    EmbeddingTable table = random_table(30, 4, 4);
    std::vector<int32_t> fit;
    for (int32_t i = 0; i < 30; i += 2) fit.push_back(i);
    const EmbeddingTable rows = random_table(5, 4, 4);
    const auto apply = [&](const std::vector<int32_t>& on) {
      Alignment alignment(AlignSpec::parse(spec), table, on);
      if (alignment.learns_lambda()) alignment.set_lambda(0.7);
      return alignment.apply(rows).features;
    };
    const Matrix before = apply(fit);
    table.image(9, 0) += 100;
    table.text(1, 2) -= 100;
    EXPECT_EQ(apply(fit), before);
    EXPECT_NE(apply(all_rows(table)), before);
  }
}

TEST(Alignment, ARowDoesNotDependOnTheOthers) {
  const EmbeddingTable table = random_table(150, 6, 6);
  for (const char* spec :
       {"whiten", "pca:4+shift:0.3", "cca:3", "ridge", "noise+whiten+normalise"}) {
    SCOPED_TRACE(spec);
    const Alignment alignment(AlignSpec::parse(spec), table, all_rows(table));
    const AlignedTable all = alignment.apply(table);
    for (const int32_t row : {0, 63, 64, 149}) {
      const std::vector<int32_t> one = {row};
      EXPECT_EQ(alignment.apply(rows_at(table, one)).features, rows_at(all.features, one));
    }
  }
}

// Of what a step is the best of: no other choice of its kind does better on the fitting rows.
TEST(Alignment, ProcrustesIsARotationAndTheBestOfMany) {
  const EmbeddingTable table = random_table(60, 5, 5);
  const auto distance = [&](const Matrix& text) {
    double sum = 0;
    for (int64_t i = 0; i < text.size(); ++i) {
      const double difference = text.data()[i] - table.image.data()[i];
      sum += difference * difference;
    }
    return sum;
  };
  const AlignedTable turned = aligned("procrustes", table);
  Matrix text(60, 5);
  for (int64_t i = 0; i < 60; ++i) {
    std::copy_n(turned.features.row(i) + 5, 5, text.row(i));
    EXPECT_NEAR(length(text.row_span(i)), length(table.text.row_span(i)), 1e-5);
  }
  const double least = distance(text);
  EXPECT_LT(least, distance(table.text));
  Rng rng(4);
  for (int trial = 0; trial < 200; ++trial) {
    // A small turn in a plane.
    const auto p = static_cast<int64_t>(rng.below(5)),
               q = (p + 1 + static_cast<int64_t>(rng.below(4))) % 5;
    const double angle = rng.uniform(-0.5, 0.5);
    Matrix other = text;
    for (int64_t i = 0; i < 60; ++i) {
      const double a = text(i, p), b = text(i, q);
      other(i, p) = static_cast<float>(std::cos(angle) * a - std::sin(angle) * b);
      other(i, q) = static_cast<float>(std::sin(angle) * a + std::cos(angle) * b);
    }
    EXPECT_GE(distance(other), least * (1 - 1e-6));
  }
}

TEST(Alignment, WhitenedRowsAreUncorrelatedOfVarianceOne) {
  EmbeddingTable table = random_table(300, 6, 4);
  for (int64_t i = 0; i < 300; ++i) {
    table.image(i, 1) = table.image(i, 0) + 0.1f * table.image(i, 1);  // nearly the same
    table.image(i, 2) *= 1000;
    table.image(i, 5) = 3;  // does not vary
  }
  const Matrix rows = aligned("whiten", table).features;
  for (int64_t a = 0; a < 10; ++a) {
    for (int64_t b = 0; b <= a; ++b) {
      if ((a < 6) != (b < 6)) continue;  // of one modality
      double sum = 0;
      for (int64_t i = 0; i < 300; ++i) sum += static_cast<double>(rows(i, a)) * rows(i, b);
      const double expected = a == b && a != 5 ? 1 : 0;
      EXPECT_NEAR(sum / 299, expected, 1e-4) << a << " " << b;
    }
  }
}

TEST(Alignment, MoreComponentsThanDirectionsAreRefused) {
  const EmbeddingTable table = random_table(10, 6, 20);
  EXPECT_EQ(aligned("pca:6", table).features.cols(), 12);
  EXPECT_EQ(aligned("cca:6", table).features.cols(), 12);
  test::expect_user_error([&] { aligned("pca:7", table); },
                          ": alignment 'pca:7': the image vectors of 10 training rows vary in 6");
  test::expect_user_error([&] { aligned("cca:7", table); }, "ask for 6 at most");
  const EmbeddingTable few = random_table(4, 6, 20);
  EXPECT_EQ(aligned("pca:3", few).features.cols(), 6);
  test::expect_user_error([&] { aligned("pca:4", few); }, "vary in 3 directions");
}

TEST(Alignment, WhatDoesNotVaryButForRoundingIsNotBlownUp) {
  EmbeddingTable same = random_table(7, 4, 4);
  for (int64_t i = 1; i < 7; ++i) {
    std::copy_n(same.image.row(0), 4, same.image.row(i));
    std::copy_n(same.text.row(0), 4, same.text.row(i));
  }
  const AlignedTable result = aligned("normalise+standardise", same);
  for (int64_t i = 0; i < result.features.size(); ++i) {
    EXPECT_NEAR(result.features.data()[i], 0, 1e-12);
  }
}

TEST(Alignment, RidgeShrinksTheMostWhereTextsTellNothing) {
  const EmbeddingTable table = random_table(40, 5, 30);
  const Alignment alignment(AlignSpec::parse("ridge"), table, all_rows(table));
  const BasicMatrix<double>& map = alignment.steps().front().text.map;
  // The largest penalty is a thousand times a coordinate's mean variance, so no direction keeps
  // more than some thousandths.
  for (int64_t i = 0; i < map.size(); ++i) EXPECT_LT(std::abs(map.data()[i]), 1e-3);
}

TEST(Alignment, CanonicalDirectionsOfImagesPointToTheirLargestCoordinate) {
  const EmbeddingTable table = random_table(60, 6, 6);
  const Alignment alignment(AlignSpec::parse("cca:6"), table, all_rows(table));
  const BasicMatrix<double>& map = alignment.steps().front().image.map;
  for (int64_t k = 0; k < 6; ++k) {
    const std::span<const double> row = map.row_span(k);
    EXPECT_GT(std::ranges::max(row), -std::ranges::min(row)) << k;
  }
}

TEST(Alignment, StepsAfterNoiseAreFittedOnNoisyRows) {
  EmbeddingTable table = random_table(20, 5, 5);
  table.text = table.image;
  const auto means = [&](const char* spec) {
    const Alignment alignment(AlignSpec::parse(spec), table, all_rows(table));
    return std::pair(alignment.steps().back().image.mean, alignment.steps().back().text.mean);
  };
  const auto [image, text] = means("noise:1+centre");
  EXPECT_NE(image, means("centre").first);
  EXPECT_NE(image, text);  // each has noise of its own
}

TEST(Alignment, OneRowOrEqualRowsAreNoCrash) {
  EmbeddingTable same = random_table(5, 4, 4);
  for (int64_t i = 1; i < 5; ++i) {
    std::copy_n(same.image.row(0), 4, same.image.row(i));
    std::copy_n(same.text.row(0), 4, same.text.row(i));
  }
  for (const EmbeddingTable& table : {random_table(1, 4, 4), same}) {
    for (const char* spec : {"centre", "standardise", "whiten", "shift:1", "shift-printed:1",
                             "procrustes", "ridge", "noise+shift-learned", "paper"}) {
      const AlignedTable result = aligned(spec, table);
      for (int64_t i = 0; i < result.features.size(); ++i) {
        EXPECT_TRUE(std::isfinite(result.features.data()[i])) << spec;
      }
    }
    test::expect_user_error([&] { aligned("pca:1", table); }, "vary in 0 directions");
  }
}

TEST(Alignment, AZeroVectorStaysZero) {
  EmbeddingTable table = random_table(5, 3, 3);
  for (int64_t j = 0; j < 3; ++j) table.image(2, j) = 0;
  for (const char* spec : {"none", "normalise", "shift:0.4", "shift-interpolated:1",
                           "shift-printed:1", "shift-learned"}) {
    const AlignedTable result = aligned(spec, table);
    for (int64_t j = 0; j < 3; ++j) EXPECT_EQ(result.features(2, j), 0) << spec;
    for (int64_t i = 0; i < result.features.size(); ++i) {
      EXPECT_TRUE(std::isfinite(result.features.data()[i])) << spec;
    }
  }
}

TEST(Alignment, TinyAndHugeVectorsHaveADirection) {
  const EmbeddingTable table = table_of({{1e-42, 0}, {3e38, 3e38}}, {{0, 1}, {1, 0}});
  const AlignedTable result = aligned("normalise", table);
  EXPECT_EQ(result.features(0, 0), 1);
  EXPECT_NEAR(result.features(1, 0), std::sqrt(0.5), 1e-7);
}

TEST(Alignment, OneModality) {
  const EmbeddingTable images = table_of({{3, 4}, {0, 2}}, nullptr);
  const EmbeddingTable texts = table_of(nullptr, {{3, 4}, {0, 2}});
  EXPECT_EQ(aligned("none", images).features, images.image);
  EXPECT_EQ(aligned("none", texts).features, texts.text);
  const AlignedTable result = aligned("normalise", texts);
  EXPECT_EQ(result.image_dim, 0);
  EXPECT_EQ(result.text_dim, 2);
  EXPECT_FLOAT_EQ(result.features(0, 1), 0.8f);
  test::expect_user_error([&] { aligned("shift:0.4", images); }, "the table has only images");
  test::expect_user_error([&] { aligned("shift-interpolated:0.4", texts); },
                          "the table has only texts");
  for (const char* spec :
       {"shift-printed:1", "shift-learned", "procrustes", "ridge", "cca:1", "regularised:1"}) {
    test::expect_user_error([&] { aligned(spec, texts); }, "needs image and text vectors");
  }
  EXPECT_EQ(aligned("centre+whiten", texts).features.cols(), 2);
}

TEST(Alignment, UnequalSizesAreRefusedAndTheWayOutIsNamed) {
  const EmbeddingTable table = random_table(4, 768, 4096);
  test::expect_user_error([&] { aligned("shift:0.4", table); }, "768 and 4096");
  test::expect_user_error([&] { aligned("shift:0.4", table); }, "'shift-interpolated:0.4'");
  for (const char* spec : {"shift-printed:1", "shift-learned", "procrustes"}) {
    test::expect_user_error([&] { aligned(spec, table); }, "with 'pca:K+");
  }
  EXPECT_EQ(aligned("pca:3+shift:0.4", table).features.cols(), 2 * 3);
  EXPECT_EQ(aligned("ridge", table).features.cols(), 2 * 768);
  EXPECT_EQ(aligned("normalise", table).features.cols(), 768 + 4096);
  EXPECT_EQ(aligned("shift-interpolated:0.4", table).features.cols(), 2 * 4096);
}

TEST(Alignment, OtherRowsMayBeAlignedButNotOtherSizes) {
  const EmbeddingTable fitted = random_table(10, 4, 4);
  for (const char* spec : {"none", "normalise", "shift:0.5", "whiten", "noise+shift-learned"}) {
    const Alignment alignment(AlignSpec::parse(spec), fitted, all_rows(fitted));
    EXPECT_EQ(alignment.apply(random_table(3, 4, 4)).features.rows(), 3);
    EXPECT_EQ(alignment.apply(random_table(0, 4, 4)).features.rows(), 0);
    test::expect_user_error([&] { alignment.apply(random_table(3, 4, 5)); },
                            "was fitted on 4 and 4");
  }
}

TEST(Alignment, FittingOnNothingOrBeyondTheTableIsOurMistake) {
  const EmbeddingTable table = random_table(3, 2, 2);
  const AlignSpec shift = AlignSpec::parse("shift:0.5");
  EXPECT_THROW(Alignment(shift, table, {}), InternalError);
  const std::vector<int32_t> beyond = {3};
  EXPECT_THROW(Alignment(shift, table, beyond), InternalError);
}

TEST(Alignment, LambdaOneMakesTheMeansMeetBeforeTheSecondNormalisation) {
  const EmbeddingTable table = random_table(200, 16, 16);
  double closest = 10;
  double at = 0;
  for (double lambda : {-1.0, 0.0, 0.5, 1.0, 1.5, 2.0}) {
    EmbeddingTable moved;
    const AlignedTable result = aligned(AlignSpec{{{AlignKind::shift, lambda}}}.text(), table);
    moved.image = Matrix(200, 16);
    moved.text = Matrix(200, 16);
    for (int64_t i = 0; i < 200; ++i) {
      std::copy_n(result.features.row(i), 16, moved.image.row(i));
      std::copy_n(result.features.row(i) + 16, 16, moved.text.row(i));
    }
    const double gap = measure_gap(moved).gap_norm;
    if (gap < closest) {
      closest = gap;
      at = lambda;
    }
  }
  EXPECT_EQ(at, 1.0);
}

}  // namespace
}  // namespace puente
