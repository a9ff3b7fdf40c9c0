#include "align/alignment.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "align/gap.h"
#include "base/rng.h"
#include "support/files.h"

namespace puente {
namespace {

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

EmbeddingTable random_table(int64_t rows, int64_t image_dim, int64_t text_dim) {
  Rng rng(1);
  EmbeddingTable table;
  table.image = Matrix(rows, image_dim);
  table.text = Matrix(rows, text_dim);
  for (Matrix* m : {&table.image, &table.text}) {
    for (int64_t i = 0; i < m->size(); ++i) m->data()[i] = static_cast<float>(rng.normal());
  }
  return table;
}

std::vector<int32_t> all_rows(const EmbeddingTable& table) {
  std::vector<int32_t> rows(static_cast<size_t>(table.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

AlignedTable aligned(const std::string& spec, const EmbeddingTable& table) {
  return Alignment(AlignSpec::parse(spec), table, all_rows(table)).apply(table);
}

double length(std::span<const float> row) {
  double squares = 0;
  for (float x : row) squares += static_cast<double>(x) * x;
  return std::sqrt(squares);
}

Json golden_alignment() { return Json::parse(test::read_text(test::golden("alignment.json"))); }

TEST(AlignSpec, ReadsWhatItWrites) {
  EXPECT_EQ(AlignSpec::parse("none"), (AlignSpec{AlignMethod::none, 0}));
  EXPECT_EQ(AlignSpec::parse("normalise"), (AlignSpec{AlignMethod::normalise, 0}));
  EXPECT_EQ(AlignSpec::parse("normalize"), (AlignSpec{AlignMethod::normalise, 0}));
  EXPECT_EQ(AlignSpec::parse("shift:0.4"), (AlignSpec{AlignMethod::shift, 0.4}));
  EXPECT_EQ(AlignSpec::parse("shift:+1"), (AlignSpec{AlignMethod::shift, 1}));
  EXPECT_EQ(AlignSpec::parse("shift-interpolated:-1e-3"),
            (AlignSpec{AlignMethod::shift_interpolated, -1e-3}));
  for (const AlignSpec& spec :
       {AlignSpec{AlignMethod::none, 0}, AlignSpec{AlignMethod::normalise, 0},
        AlignSpec{AlignMethod::shift, 0.1 + 0.2},
        AlignSpec{AlignMethod::shift_interpolated, -1.0 / 3}}) {
    EXPECT_EQ(AlignSpec::parse(spec.text()), spec) << spec.text();
  }
  EXPECT_EQ((AlignSpec{AlignMethod::shift, 0.4}.text()), "shift:0.4");
}

TEST(AlignSpec, SaysWhatIsWrong) {
  const auto expect = [](const char* spec, const char* part) {
    SCOPED_TRACE(spec);
    test::expect_user_error([&] { AlignSpec::parse(spec); }, part);
  };
  expect("shift", "lambda is missing; write for example 'shift:0.4'");
  expect("shift-interpolated", "write for example 'shift-interpolated:0.4'");
  expect("shift:", "lambda '' is not a number");
  expect("shift:abc", "lambda 'abc' is not a number");
  expect("shift:0.4x", "lambda '0.4x' is not a number");
  expect("shift: 0.4", "is not a number");
  expect("shift:0,4", "lambda '0,4' is not a number");
  expect("shift:nan", "lambda 'nan' is not a number");
  expect("shift:-inf", "lambda '-inf' is not a number");
  expect("shift:1e999", "is not a number");
  expect("shift:+-1", "is not a number");
  expect("normalise:0.4", "takes no lambda");
  expect("none:", "takes no lambda");
  expect("centre", "known are none, normalise, shift:LAMBDA and shift-interpolated:LAMBDA");
  expect("", "no method ''");
}

TEST(Alignment, ShiftsAsTheAuthorsDoInNumpy) {
  const Json golden = golden_alignment();
  const auto fit = golden["fit"].get<std::vector<int32_t>>();
  for (const Json& expected : golden["cases"]) {
    const EmbeddingTable table =
        table_of(expected["image_256ths"], expected["text_256ths"], 1.0f / 256);
    const bool equal_sizes = table.image.cols() == table.text.cols();
    for (const Json& shift : expected["shifts"]) {
      const AlignSpec spec{equal_sizes ? AlignMethod::shift : AlignMethod::shift_interpolated,
                           shift["lambda"].get<double>()};
      const Alignment alignment(spec, table, fit);
      const auto gap = shift["gap"].get<std::vector<double>>();
      ASSERT_EQ(alignment.gap().size(), gap.size());
      for (size_t j = 0; j < gap.size(); ++j) EXPECT_NEAR(alignment.gap()[j], gap[j], 1e-14);
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

TEST(Alignment, OnlyTheFittingRowsMakeTheGap) {
  EmbeddingTable table = random_table(10, 4, 4);
  const std::vector<int32_t> fit = {0, 2, 4, 6};
  const Alignment before(AlignSpec{AlignMethod::shift, 0.5}, table, fit);
  table.image(9, 0) += 100;
  table.text(1, 2) -= 100;
  const Alignment after(AlignSpec{AlignMethod::shift, 0.5}, table, fit);
  EXPECT_TRUE(std::equal(before.gap().begin(), before.gap().end(), after.gap().begin()));
  const Alignment all(AlignSpec{AlignMethod::shift, 0.5}, table, all_rows(table));
  EXPECT_FALSE(std::equal(before.gap().begin(), before.gap().end(), all.gap().begin()));
}

TEST(Alignment, AZeroVectorStaysZero) {
  EmbeddingTable table = random_table(5, 3, 3);
  for (int64_t j = 0; j < 3; ++j) table.image(2, j) = 0;
  for (const char* spec : {"none", "normalise", "shift:0.4", "shift-interpolated:1"}) {
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
}

TEST(Alignment, UnequalSizesAreRefusedAndTheWayOutIsNamed) {
  const EmbeddingTable table = random_table(4, 768, 4096);
  test::expect_user_error([&] { aligned("shift:0.4", table); }, "768 and 4096");
  test::expect_user_error([&] { aligned("shift:0.4", table); }, "'shift-interpolated:0.4'");
  EXPECT_EQ(aligned("normalise", table).features.cols(), 768 + 4096);
  EXPECT_EQ(aligned("shift-interpolated:0.4", table).features.cols(), 2 * 4096);
}

TEST(Alignment, OtherRowsMayBeAlignedButNotOtherSizes) {
  const EmbeddingTable fitted = random_table(10, 4, 4);
  for (const char* spec : {"none", "normalise", "shift:0.5"}) {
    const Alignment alignment(AlignSpec::parse(spec), fitted, all_rows(fitted));
    EXPECT_EQ(alignment.apply(random_table(3, 4, 4)).features.rows(), 3);
    EXPECT_EQ(alignment.apply(random_table(0, 4, 4)).features.rows(), 0);
    test::expect_user_error([&] { alignment.apply(random_table(3, 4, 5)); },
                            "was fitted on 4 and 4");
  }
}

TEST(Alignment, FittingOnNothingOrBeyondTheTableIsOurMistake) {
  const EmbeddingTable table = random_table(3, 2, 2);
  const AlignSpec shift{AlignMethod::shift, 0.5};
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
    const AlignedTable result = aligned(AlignSpec{AlignMethod::shift, lambda}.text(), table);
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
