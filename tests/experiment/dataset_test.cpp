#include "experiment/dataset.h"

#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

TEST(Dataset, NumbersClassesAndGroups) {
  const Dataset dataset = make_dataset(test::made_table(), {.label = "dx", .group = "patient"});
  EXPECT_EQ(dataset.labels.names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(dataset.rows(), 240);
  EXPECT_LT(dataset.groups.count(), 240);
  EXPECT_EQ(dataset.table_row[7], 7);
}

TEST(Dataset, WithoutGroupEveryRowStandsAlone) {
  const Dataset dataset = make_dataset(test::made_table(), {.label = "dx", .group = {}});
  EXPECT_EQ(dataset.groups.count(), 240);
}

TEST(Dataset, UnknownColumnListsThoseThereAre) {
  test::expect_user_error(
      [] { make_dataset(test::made_table(), {.label = "diagnosis", .group = {}}); },
      "id, patient, dx");
}

TEST(Dataset, OneClassIsNotEnough) {
  test::expect_user_error(
      [] { make_dataset(test::made_table({.classes = 1}), {.label = "dx", .group = {}}); },
      "needs two");
}

TEST(Dataset, RowsWithoutALabelAreLeftOutAndCounted) {
  EmbeddingTable table = test::made_table();
  table.columns[2].values[1] = " ";
  table.columns[1].values[1] = "";  // nobody asks for the group of a row that is left out
  table.columns[2].values[7] = "";
  const DatasetOptions options = {.label = "dx", .group = "patient"};
  const Dataset dataset = make_dataset(table, options);
  EXPECT_EQ(dataset.unlabelled, 2);
  EXPECT_EQ(dataset.rows(), 238);
  EXPECT_EQ(dataset.table.columns[0].values[1], "r2");
  EXPECT_EQ(dataset.table_row[1], 2);
  table.columns[1].values[9] = "";
  test::expect_user_error([&] { make_dataset(table, options); }, "row 10 has no value in column");
  for (std::string& value : table.columns[2].values) value.clear();
  test::expect_user_error([&] { make_dataset(table, options); }, "0 classes");
}

TEST(Dataset, AnOrderIsOfTheClassesThatAreLeft) {
  EmbeddingTable table = test::made_table();
  const auto made = [&](std::optional<std::vector<std::string>> ordinal, int64_t min_groups = 0) {
    return make_dataset(table, {.label = "dx",
                                .group = "patient",
                                .min_groups = min_groups,
                                .ordinal = std::move(ordinal)});
  };
  EXPECT_FALSE(made(std::nullopt).order);
  const Dataset dataset = made(std::vector<std::string>{"c", "a", "b"});
  EXPECT_EQ(dataset.labels.names, (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_TRUE(dataset.order);
  EXPECT_EQ(dataset.order->place, (std::vector<int32_t>{1, 2, 0}));
  test::expect_user_error([&] { made(std::vector<std::string>{}); }, "not all numbers");
  table.columns[2].values[5] = "rare";
  test::expect_user_error([&] { made(std::vector<std::string>{"c", "a", "b"}); }, "class 'rare'");
  EXPECT_TRUE(made(std::vector<std::string>{"c", "a", "b"}, 3).order);
}

TEST(Dataset, MinGroupsLeavesRareClassesOutByName) {
  EmbeddingTable table = test::made_table();
  table.columns[2].values[5] = "rare";
  const Dataset dataset =
      make_dataset(std::move(table), {.label = "dx", .group = "patient", .min_groups = 3});
  ASSERT_EQ(dataset.left_out.size(), 1u);
  EXPECT_NE(dataset.left_out[0].find("rare"), std::string::npos);
  EXPECT_EQ(dataset.rows(), 239);
  EXPECT_EQ(dataset.table.image.rows(), 239);
  EXPECT_EQ(dataset.labels.names.size(), 3u);
  EXPECT_EQ(dataset.table_row[4], 4);
  EXPECT_EQ(dataset.table_row[5], 6);  // row 5 is gone
  EXPECT_EQ(dataset.table.columns[0].values[5], "r6");
}

}  // namespace
}  // namespace puente
