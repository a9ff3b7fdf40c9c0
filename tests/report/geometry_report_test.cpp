#include "report/geometry_report.h"

#include <cmath>

#include "data/split.h"
#include "report/curves_report.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

Dataset made_dataset(const test::MadeTable& made) {
  return make_dataset(test::made_table(made), {.label = "dx", .group = "patient"});
}

TEST(GeometryReport, ComesBackButForRounding) {
  const test::TemporaryFolder folder;
  const Dataset dataset = made_dataset({.rows = 90, .image_dim = 6, .text_dim = 11});
  const std::vector<NamedSplit> splits = make_splits(dataset, {});
  write_geometry(folder.path(), dataset, splits, Protocol::holdout, {});
  const Json json = read_json(folder / "geometry.json");
  EXPECT_EQ(json["format"], "puente geometry");
  EXPECT_EQ(json["fitted_on"], "training rows");
  EXPECT_EQ(json["fitted_rows"], splits[0].split.train.size());
  EXPECT_TRUE(json["sampled_of"].is_null());
  EXPECT_EQ(json["label"]["classes"], Json({"a", "b", "c"}));
  EXPECT_EQ(json["name"][7], "r7");
  EXPECT_EQ(json["gap_after"].size(), 21u);
  EXPECT_TRUE(json["image"].contains("squared_length"));
  EXPECT_FALSE(json["text"].contains("squared_length"));

  const JointGeometry read = read_geometry(json);
  const JointGeometry made =
      *joint_geometry(dataset.table, splits[0].split.train, first_numbers(90));
  const double step = json["scale"].get<double>();
  for (const double lambda : {-1.0, 0.0, 0.4, 1.0}) {
    for (int64_t i = 0; i < 90; ++i) {
      const auto a = shifted_components(read, read.image, i, lambda);
      const auto b = shifted_components(made, made.image, i, lambda);
      const auto c = shifted_components(read, read.text, i, lambda);
      const auto d = shifted_components(made, made.text, i, lambda);
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_NEAR(a[k], b[k], 4 * step);
        EXPECT_NEAR(c[k], d[k], 4 * step);
      }
    }
  }
}

TEST(GeometryReport, OfOneModalityThereIsNoneAndAnOldOneGoes) {
  const test::TemporaryFolder folder;
  Dataset dataset = made_dataset({.rows = 60});
  const std::vector<NamedSplit> splits = make_splits(dataset, {});
  write_geometry(folder.path(), dataset, splits, Protocol::holdout, {});
  EXPECT_TRUE(std::filesystem::exists(folder / "geometry.json"));
  dataset.table.text = Matrix();
  write_geometry(folder.path(), dataset, splits, Protocol::holdout, {});
  EXPECT_FALSE(std::filesystem::exists(folder / "geometry.json"));
}

TEST(GeometryReport, ManySplitsAndThePapersProtocolFitOnAllRows) {
  const test::TemporaryFolder folder;
  const Dataset dataset = made_dataset({.rows = 120});
  for (const char* protocol : {"kfold:3", "paper"}) {
    const ProtocolOptions options = ProtocolOptions::parse(protocol);
    write_geometry(folder.path(), dataset, make_splits(dataset, options), options.kind, {});
    const Json json = read_json(folder / "geometry.json");
    EXPECT_EQ(json["fitted_on"], "all rows");
    EXPECT_EQ(json["fitted_rows"], 120);
  }
}

TEST(GeometryReport, MoreRowsThanAPageCanHoldAreDrawnByLot) {
  const test::TemporaryFolder folder;
  const Dataset dataset = made_dataset({.rows = 20'500, .image_dim = 3, .text_dim = 3});
  write_geometry(folder.path(), dataset, make_splits(dataset, {}), Protocol::holdout, {});
  const Json json = read_json(folder / "geometry.json");
  EXPECT_EQ(json["rows"], 20'000);
  EXPECT_EQ(json["sampled_of"], 20'500);
  EXPECT_EQ(json["name"].size(), 20'000u);
}

TEST(GeometryReport, DamagedArraysAreTheUsers) {
  const test::TemporaryFolder folder;
  const Dataset dataset = made_dataset({.rows = 60});
  write_geometry(folder.path(), dataset, make_splits(dataset, {}), Protocol::holdout, {});
  Json json = read_json(folder / "geometry.json");
  json["text"]["along_gap"] = "AAAA";
  EXPECT_THROW(read_geometry(json), UserError);
  json["text"]["along_gap"] = "A";
  EXPECT_THROW(read_geometry(json), UserError);
}

TEST(CurvesReport, HasClassOneOfABinaryLabelAndAllOfMore) {
  Predictions predictions;
  predictions.probabilities = Matrix(4, 2);
  predictions.label = {0, 0, 1, 1};
  const float ones[] = {0.1f, 0.4f, 0.35f, 0.8f};  // the example of scikit-learn's documentation
  for (int64_t i = 0; i < 4; ++i) {
    predictions.probabilities(i, 1) = ones[i];
    predictions.probabilities(i, 0) = 1 - ones[i];
  }
  const Json json = curves_json(predictions, evaluate(predictions), {"no", "yes"});
  ASSERT_EQ(json["classes"].size(), 1u);
  EXPECT_EQ(json["classes"][0]["name"], "yes");
  EXPECT_EQ(json["classes"][0]["auc"], 0.75);
  EXPECT_EQ(json["classes"][0]["roc"].dump(),
            "[[0.0,0.0,null],[0.0,0.5,0.8],[0.5,0.5,0.4],[0.5,1.0,0.35],[1.0,1.0,0.1]]");
  EXPECT_EQ(json["classes"][0]["precision_recall"].dump(),
            "[[0.0,1.0,null],[0.5,1.0,0.8],[0.5,0.5,0.4],[1.0,0.666667,0.35],[1.0,0.5,0.1]]");
  Predictions three;
  three.probabilities = Matrix(3, 3);
  for (int64_t i = 0; i < 3; ++i) three.probabilities(i, i) = 1;
  three.label = {0, 1, 2};
  EXPECT_EQ(curves_json(three, evaluate(three), {"a", "b", "c"})["classes"].size(), 3u);
}

}  // namespace
}  // namespace puente
