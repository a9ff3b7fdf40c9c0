#include "data/labels.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<int32_t>;

TEST(Labels, NamesAreSortedSoThatRowOrderDoesNotMatter) {
  const Categories a = categories_of({"dx", {"nv", "bcc", "nv", "mel"}}, "t.csv");
  EXPECT_EQ(a.names, (Names{"bcc", "mel", "nv"}));
  EXPECT_EQ(a.of_row, (Numbers{2, 0, 2, 1}));
  EXPECT_EQ(a.sizes(), (std::vector<int64_t>{1, 1, 2}));
  EXPECT_EQ(a.count(), 3);
  EXPECT_EQ(categories_of({"dx", {"mel", "nv", "nv", "bcc"}}, "t.csv").names, a.names);
}

TEST(Labels, WholeNumbersAreSortedByValue) {
  EXPECT_EQ(categories_of({"grade", {"10", "9", "-1", "2"}}, "t.csv").names,
            (Names{"-1", "2", "9", "10"}));
  EXPECT_EQ(categories_of({"grade", {"1", "01", "0"}}, "t.csv").names, (Names{"0", "01", "1"}));
  EXPECT_EQ(categories_of({"grade", {"10", "9", "x"}}, "t.csv").names, (Names{"10", "9", "x"}));
  EXPECT_EQ(categories_of({"grade", {"10", "9", "1.5"}}, "t.csv").names, (Names{"1.5", "10", "9"}));
  EXPECT_EQ(categories_of({"id", {"99999999999999999999", "9"}}, "t.csv").names,
            (Names{"9", "99999999999999999999"}));
}

TEST(Labels, AMissingValueIsNamedByRowAndColumn) {
  test::expect_user_error(
      [] {
        categories_of({"dx", {"nv", ""}}, "t.csv");
      },
      "t.csv: row 2 has no value in column 'dx'");
  test::expect_user_error([] { categories_of({"dx", {" \t"}}, "t.csv"); }, "row 1");
}

TEST(Labels, NoRowsGiveNoCategories) {
  EXPECT_EQ(categories_of({"dx", {}}, "t.csv").count(), 0);
  EXPECT_EQ(each_row_alone(0).count(), 0);
}

TEST(Labels, EachRowAlone) {
  const Categories alone = each_row_alone(12);
  EXPECT_EQ(alone.count(), 12);
  EXPECT_EQ(alone.of_row[11], 11);
  EXPECT_EQ(alone.sizes(), std::vector<int64_t>(12, 1));
}

}  // namespace
}  // namespace puente
