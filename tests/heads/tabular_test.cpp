#include "heads/tabular.h"

#include <gtest/gtest.h>

#include "heads/golden_heads.h"

namespace puente {
namespace {

using Rows = std::vector<int32_t>;

std::vector<float> row_of(const Matrix& m, int64_t i) {
  return {m.row_span(i).begin(), m.row_span(i).end()};
}

TEST(TabularFeatures, AreThoseOfScikitLearn) {
  const nlohmann::json& golden = test::golden_heads()["tabular"];
  std::vector<Column> columns;
  for (const char* name : {"age", "size", "sex"}) {
    columns.push_back({name, golden["columns"][name].get<std::vector<std::string>>()});
  }
  const TabularFeatures features(columns, golden["fit"].get<Rows>(), "t.csv");
  EXPECT_EQ(features.names(), golden["names"].get<std::vector<std::string>>());
  test::expect_near(features.apply(columns, "t.csv"), golden["features"], 1e-6);
}

TEST(TabularFeatures, OtherRowsMayHoldWhatTrainingNeverSaw) {
  const std::vector<Column> columns = {{"age", {"1", "3", "old", ""}},
                                       {"site", {"arm", "leg", "nose", ""}}};
  const TabularFeatures features(columns, Rows{0, 1}, "t.csv");
  EXPECT_EQ(features.names(), (std::vector<std::string>{"age", "site=arm", "site=leg"}));
  const Matrix x = features.apply(columns, "t.csv");
  EXPECT_EQ(row_of(x, 1), (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(row_of(x, 2), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(row_of(x, 3), (std::vector<float>{0, 0, 0}));
}

TEST(TabularFeatures, WhatIsNoNumberInOtherRowsCountsAsMissing) {
  const std::vector<Column> columns = {{"age", {"1", "", "3", "old"}}};
  const Matrix x = TabularFeatures(columns, Rows{0, 1, 2}, "t.csv").apply(columns, "t.csv");
  EXPECT_EQ(row_of(x, 1), (std::vector<float>{0, 1}));
  EXPECT_EQ(row_of(x, 2), (std::vector<float>{1, 0}));
  EXPECT_EQ(row_of(x, 3), (std::vector<float>{0, 1}));
}

TEST(TabularFeatures, AColumnWithoutValuesIsACategoryThatIsAlwaysMissing) {
  const std::vector<Column> columns = {{"age", {"", " ", "3"}}};
  const TabularFeatures features(columns, Rows{0, 1}, "t.csv");
  EXPECT_EQ(features.names(), (std::vector<std::string>{"age=(missing)"}));
  const Matrix x = features.apply(columns, "t.csv");
  EXPECT_EQ(row_of(x, 1), (std::vector<float>{1}));
  EXPECT_EQ(row_of(x, 2), (std::vector<float>{0}));
}

TEST(TabularFeatures, FindsItsColumnsByName) {
  const std::vector<Column> columns = {{"a", {"1", "2"}}, {"b", {"x", "y"}}};
  const TabularFeatures features(columns, Rows{0, 1}, "t.csv");
  const std::vector<Column> turned = {columns[1], {"c", {"", ""}}, columns[0]};
  EXPECT_EQ(features.apply(turned, "t.csv"), features.apply(columns, "t.csv"));
  test::expect_user_error([&] { features.apply(std::span(columns).first(1), "other.csv"); },
                          "other.csv: no column 'b' (--tabular)");
}

TEST(TabularFeatures, NamesAColumnThatIsAnId) {
  std::vector<Column> columns = {{"id", {}}};
  Rows rows;
  for (int32_t i = 0; i <= 100; ++i) {
    columns[0].values.push_back("r" + std::to_string(i));
    rows.push_back(i);
  }
  test::expect_user_error([&] { TabularFeatures(columns, rows, "t.csv"); },
                          "t.csv: column 'id' has 101 different values in the training rows (and "
                          "'r0' is no number)");
  rows.pop_back();
  EXPECT_EQ(TabularFeatures(columns, rows, "t.csv").names().size(), 100u);
  test::expect_user_error([&] { TabularFeatures({}, rows, "t.csv"); }, "names no column");
}

}  // namespace
}  // namespace puente
