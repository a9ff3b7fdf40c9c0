#include "align/alignment.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "align/alignment_file.h"
#include "align/gap.h"
#include "align/live_rows.h"
#include "align/normal_noise.h"
#include "base/rng.h"
#include "data/rows_at.h"
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
  using Kind = AlignKind;
  const auto expect = [](const char* text, const std::vector<AlignStep>& steps) {
    EXPECT_EQ(AlignSpec::parse(text), AlignSpec{steps}) << text;
  };
  expect("none", {});
  expect("normalise", {{Kind::normalise, 0}});
  expect("normalize", {{Kind::normalise, 0}});
  expect("center+standardize", {{Kind::centre, 0}, {Kind::standardise, 0}});
  expect("shift:0.4", {{Kind::shift, 0.4}});
  expect("shift:+1", {{Kind::shift, 1}});
  expect("shift:+1+shift:+2", {{Kind::shift, 1}, {Kind::shift, 2}});
  expect("shift-interpolated:-1e-3", {{Kind::shift_interpolated, -1e-3}});
  expect("noise", {{Kind::noise, 0.1}});
  expect("noise:0.2+shift-learned+regularised:3",
         {{Kind::noise, 0.2}, {Kind::shift_learned, 0}, {Kind::regularised, 3}});
  expect("noise:paper+pca:12", {{Kind::noise_paper, 0}, {Kind::pca, 12}});
  expect("whiten+procrustes+ridge+cca:8",
         {{Kind::whiten, 0}, {Kind::procrustes, 0}, {Kind::ridge, 0}, {Kind::cca, 8}});
  for (const auto& [text, lambda] : {std::pair("paper", 1.0), std::pair("paper:0.4", 0.4)}) {
    expect(text, {{Kind::noise_paper, 0}, {Kind::shift_printed, lambda}, {Kind::regularised, 1}});
  }
  for (const char* text : {"none", "normalise", "shift:0.30000000000000004", "paper:-1",
                           "shift-interpolated:-0.3333333333333333", "noise:0.1+cca:5+shift:0.2",
                           "centre+standardise+whiten+shift-learned", "noise:paper"}) {
    const AlignSpec spec = AlignSpec::parse(text);
    EXPECT_EQ(AlignSpec::parse(spec.text()), spec) << spec.text();
  }
  EXPECT_EQ((AlignSpec{{{Kind::shift, 0.4}}}.text()), "shift:0.4");
  EXPECT_EQ(AlignSpec::parse("paper").text(), "noise:paper+shift-printed:1+regularised:1");
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
  expect("normalise:0.4", "takes no number");
  expect("none:", "takes no number");
  expect("none+shift:1", "'none' stands alone");
  expect("wobble", "known are none, normalise, centre,");
  expect("", "no method ''");
  expect("shift:1+", "no method ''");
  expect("+shift:1", "no method ''");
  expect("noise:0", "above 0");
  expect("noise:loud", "the noise 'loud' is not a number");
  expect("noise:paper:1", "the noise 'paper:1' is not a number");
  expect("pca", "how many components?");
  expect("cca:0", "0 is no number of components");
  expect("pca:2.5", "2.5 is no number of components");
  expect("regularised", "the weight is missing");
  expect("regularised:-1", "above 0");
  expect("regularised:1+paper", "'regularised' is there twice");
  expect("shift-learned+centre", "after 'shift-learned' only 'regularised' may come");
  expect("shift-learned+shift-learned", "'shift-learned' is there twice");
  expect("paper:high", "lambda 'high' is not a number");
}

TEST(AlignFamily, FillsTheLambdasThatAreOpen) {
  for (const char* closed : {"none", "centre", "shift:0.4", "noise+shift-learned", "paper:1"}) {
    EXPECT_FALSE(AlignFamily(closed).is_open()) << closed;
    EXPECT_EQ(AlignFamily(closed).at(0.7), AlignSpec::parse(closed));
  }
  for (const auto& [open, filled] :
       {std::pair("shift", "shift:0.7"),
        std::pair("noise+shift-printed", "noise:0.1+shift-printed:0.7"),
        std::pair("paper", "paper:0.7"), std::pair("pca:3+shift", "pca:3+shift:0.7"),
        std::pair("shift:1+shift", "shift:1+shift:0.7")}) {
    EXPECT_TRUE(AlignFamily(open).is_open()) << open;
    EXPECT_EQ(AlignFamily(open).at(0.7), AlignSpec::parse(filled));
    EXPECT_EQ(AlignFamily(open).name(), open);
  }
  test::expect_user_error([] { AlignFamily("shift+pca"); }, "how many components?");
}

TEST(AlignSpec, OfTwoSizes) {
  const auto expect = [](const char* one_size, const char* two_sizes) {
    EXPECT_EQ(AlignSpec::parse(one_size).interpolated(), AlignSpec::parse(two_sizes)) << one_size;
  };
  expect("centre+shift:0.4", "centre+shift-interpolated:0.4");
  for (const char* same : {"none", "pca:3+shift:0.4", "cca:3+shift:0.4", "ridge+shift:0.4"}) {
    expect(same, same);
  }
}

TEST(AlignSpec, OfOneModality) {
  const auto expect = [](const char* both, const char* one) {
    EXPECT_EQ(AlignSpec::parse(both).for_one_modality(), AlignSpec::parse(one)) << both;
  };
  expect("none", "none");
  expect("shift:0.4", "normalise");
  expect("noise:0.1+pca:4+shift-learned+regularised:1", "pca:4+normalise");
  expect("centre+procrustes", "centre");
  expect("cca:3", "none");
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

TEST(Alignment, NoiseIsForTrainingAlone) {
  const EmbeddingTable table = random_table(20, 8, 4);
  for (const char* with : {"noise:0.3", "noise:paper", "noise+noise:0.1"}) {
    EXPECT_EQ(aligned(with, table).features, aligned("none", table).features) << with;
  }
  const Alignment alignment(AlignSpec::parse("normalise+noise:0.3"), table, all_rows(table));
  const AlignedTable training = alignment.for_training(table);
  ASSERT_NE(training.live, nullptr);
  EXPECT_EQ(training.features, aligned("normalise", table).features);
  std::vector<const float*> rows;
  for (int64_t i = 0; i < 20; ++i) rows.push_back(training.features.row(i));
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

TEST(Alignment, ALearnedLambdaIsAShift) {
  const EmbeddingTable table = random_table(20, 6, 6);
  Alignment learned(AlignSpec::parse("shift-learned"), table, all_rows(table));
  EXPECT_EQ(learned.apply(table).features, aligned("shift:0", table).features);
  learned.set_lambda(0.7);
  EXPECT_EQ(learned.apply(table).features, aligned("shift:0.7", table).features);
}

TEST(Alignment, TheSlopeOfALearnedShiftIsThatOfItsRows) {
  const EmbeddingTable table = random_table(12, 6, 6);
  const Alignment alignment(AlignSpec::parse("noise:0.2+shift-learned"), table, all_rows(table));
  const AlignedTable training = alignment.for_training(table);
  std::vector<const float*> rows;
  for (int64_t i = 0; i < 12; ++i) rows.push_back(training.features.row(i));
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

TEST(AlignmentFile, ReadsBackToTheBit) {
  const EmbeddingTable table = random_table(40, 7, 5);
  const EmbeddingTable equal = random_table(40, 6, 6);
  const test::TemporaryFolder folder;
  for (const char* spec :
       {"none", "normalise", "centre", "standardise", "whiten", "shift:0.4", "shift-printed:-1",
        "shift-interpolated:0.3", "noise:0.2+shift-learned+regularised:2", "procrustes", "ridge",
        "cca:3", "pca:2+shift:0.1+standardise", "paper"}) {
    SCOPED_TRACE(spec);
    const std::string_view name = spec;
    const bool any = name.starts_with("ridge") || name.starts_with("pca") || name.ends_with("0.3");
    const EmbeddingTable& own = any ? table : equal;
    Alignment alignment(AlignSpec::parse(spec), own, all_rows(own));
    if (alignment.learns_lambda()) alignment.set_lambda(0.123456789);
    save_alignment(alignment, folder / "a.safetensors");
    const Alignment back = load_alignment(folder / "a.safetensors");
    EXPECT_EQ(back.spec(), alignment.spec());
    EXPECT_EQ(back.lambda(), alignment.lambda());
    EXPECT_EQ(back.apply(own).features, alignment.apply(own).features);
    EXPECT_EQ(back.aligned_text_dim(), alignment.aligned_text_dim());
  }
}

TEST(AlignmentFile, SaysWhatIsWrong) {
  const EmbeddingTable table = random_table(10, 6, 6);
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.safetensors";
  const auto expect = [&](const char* from, const char* to, const char* part) {
    SCOPED_TRACE(to);
    save_alignment(Alignment(AlignSpec::parse("pca:4"), table, all_rows(table)), path);
    std::string bytes = test::read_text(path);
    const size_t at = bytes.find(from);
    ASSERT_NE(at, std::string::npos);
    ASSERT_EQ(std::string_view(from).size(), std::string_view(to).size());
    bytes.replace(at, std::string_view(from).size(), to);
    folder.file("a.safetensors", bytes);
    test::expect_user_error([&] { load_alignment(path); }, part);
  };
  expect("puente alignment", "puente alignmant", "it is no alignment");
  expect("pca:4", "pcb:4", "no method 'pcb'");
  expect("pca:4", "pca:5", "tensor 0.image.map is F64 [4, 6], expected F64 [5, 6]");
  expect("0.text.mean", "0.text.maen", "no tensor 0.text.mean");
  expect("\"image_dim\":\"6\"", "\"image_dim\":\"x\"", "metadata 'image_dim' is 'x'");
  const std::string nan("\0\0\0\0\0\0\xf8\x7f", 8);
  save_alignment(Alignment(AlignSpec::parse("centre"), table, all_rows(table)), path);
  std::string bytes = test::read_text(path);
  bytes.replace(bytes.size() - 8, 8, nan);
  folder.file("a.safetensors", bytes);
  test::expect_user_error([&] { load_alignment(path); }, "a number that is not finite");
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
