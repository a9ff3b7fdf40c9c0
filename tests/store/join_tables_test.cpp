#include "store/table_io.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using Values = std::vector<std::string>;

/// Vectors of one number, from the table's place.
Matrix numbers(std::vector<float> values) {
  Matrix matrix(static_cast<int64_t>(values.size()), 1);
  std::ranges::copy(values, matrix.data());
  return matrix;
}

EmbeddingTable images() {
  EmbeddingTable table;
  table.columns = {{"id", {"a", "b", "c"}}, {"dx", {"x", "y", "z"}}};
  table.image = numbers({1, 2, 3});
  table.source = "images.csv";
  return table;
}

EmbeddingTable texts() {
  EmbeddingTable table;
  table.columns = {
      {"dx", {"other", "other", "other"}}, {"id", {"c", "a", "b"}}, {"age", {"3", "1", "2"}}};
  table.text = numbers({30, 10, 20});
  table.source = "texts.csv";
  return table;
}

TEST(JoinTables, RowsFollowTheLeftTable) {
  const EmbeddingTable joined = join_tables(images(), texts(), "id");
  EXPECT_EQ(joined.image, numbers({1, 2, 3}));
  EXPECT_EQ(joined.text, numbers({10, 20, 30}));
  ASSERT_EQ(joined.columns.size(), 3u);
  EXPECT_EQ(joined.find("id")->values, (Values{"a", "b", "c"}));
  EXPECT_EQ(joined.find("dx")->values, (Values{"x", "y", "z"}));
  EXPECT_EQ(joined.find("age")->values, (Values{"1", "2", "3"}));
  EXPECT_EQ(joined.source, "images.csv + texts.csv");
}

TEST(JoinTables, EitherOrderOfModalities) {
  const EmbeddingTable joined = join_tables(texts(), images(), "id");
  EXPECT_EQ(joined.text, numbers({30, 10, 20}));
  EXPECT_EQ(joined.image, numbers({3, 1, 2}));
  EXPECT_EQ(joined.find("dx")->values, (Values{"other", "other", "other"}));
}

TEST(JoinTables, TheColumnMustBeInBoth) {
  expect_user_error([] { join_tables(images(), texts(), "key"); },
                    "images.csv: no column 'key' to join by (--id); it has id, dx");
  expect_user_error([] { join_tables(images(), texts(), "age"); }, "images.csv: no column 'age'");
  EmbeddingTable bare = texts();
  bare.columns.clear();
  expect_user_error([&] { join_tables(images(), bare, "id"); },
                    "texts.csv: no column 'id' to join by (--id); it has none");
}

TEST(JoinTables, IdsMustBeUniqueAndThere) {
  EmbeddingTable twice = texts();
  twice.columns[1].values = {"c", "a", "c"};
  expect_user_error([&] { join_tables(images(), twice, "id"); },
                    "texts.csv: rows 1 and 3 both have id = 'c'");
  expect_user_error([&] { join_tables(twice, images(), "id"); }, "texts.csv: rows 1 and 3");
  EmbeddingTable empty = texts();
  empty.columns[1].values[1] = "";
  expect_user_error([&] { join_tables(images(), empty, "id"); },
                    "texts.csv: row 2: column id is empty");
}

TEST(JoinTables, IdsInOneTableOnlyAreCounted) {
  EmbeddingTable fewer = texts();
  fewer.columns = {{"id", {"a"}}};
  fewer.text = numbers({1});
  expect_user_error([&] { join_tables(images(), fewer, "id"); },
                    "images.csv: 2 of 3 values of id are not in texts.csv: 'b', 'c'");
  expect_user_error([&] { join_tables(fewer, images(), "id"); },
                    "images.csv: 2 of 3 values of id are not in texts.csv: 'b', 'c'");
  EmbeddingTable others = texts();
  others.columns = {{"id", {"p", "q", "r", "s", "t"}}};
  others.text = numbers({1, 2, 3, 4, 5});
  expect_user_error([&] { join_tables(others, images(), "id"); },
                    "texts.csv: 5 of 5 values of id are not in images.csv: 'p', 'q', 'r', ...");
}

TEST(JoinTables, TwoOfAKind) {
  expect_user_error([] { join_tables(images(), images(), "id"); }, "both hold image vectors");
  expect_user_error([] { join_tables(texts(), texts(), "id"); }, "both hold text vectors");
}

}  // namespace
}  // namespace puente
