#include <algorithm>
#include <gtest/gtest.h>

#include "data/split.h"
#include "support/files.h"

namespace puente {
namespace {

using Rows = std::vector<int32_t>;

Categories column_of(std::vector<std::string> values) {
  return categories_of({"column", std::move(values)}, "t.csv");
}

TEST(TimeSplit, TestsTheLatestRows) {
  // Ten rows, a time each, every row its own group.
  std::vector<double> times;
  std::vector<std::string> labels;
  for (int i = 0; i < 10; ++i) {
    times.push_back(10 - i);
    labels.push_back(i % 2 == 0 ? "a" : "b");
  }
  const Split split = time_split(column_of(labels), each_row_alone(10), times, 0.2, 0.25);
  EXPECT_EQ(split.test, (Rows{0, 1}));
  EXPECT_EQ(split.validation, (Rows{2, 3}));
  EXPECT_EQ(split.train, (Rows{4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(split.left_out.empty());
}

TEST(TimeSplit, DoesNotPartRowsOfOneTime) {
  const std::vector<double> times = {1, 1, 1, 2, 2, 3, 3, 3, 3, 3};
  const Split split = time_split(column_of({"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"}),
                                 each_row_alone(10), times, 0.2, 0.1);
  EXPECT_EQ(split.test, (Rows{5, 6, 7, 8, 9}));
  EXPECT_EQ(split.validation, (Rows{3, 4}));
}

TEST(TimeSplit, LeavesOutTheEarlierRowsOfGroupsThatAreTested) {
  const std::vector<double> times = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  const Categories groups =
      column_of({"p", "q", "r", "s", "t", "u", "v", "w", "p", "x"});  // p: 1 and 9
  const Split split = time_split(column_of({"a", "b", "a", "b", "a", "b", "a", "b", "a", "b"}),
                                 groups, times, 0.2, 0.1);
  EXPECT_EQ(split.test, (Rows{8, 9}));
  EXPECT_EQ(split.left_out, (Rows{0}));
}

TEST(TimeSplit, RefusesWhatItCannotSplit) {
  const Categories labels = column_of({"a", "b", "b", "b"});
  const std::vector<double> two = {1, 1, 2, 2}, four = {4, 1, 2, 3};
  test::expect_user_error([&] { time_split(labels, each_row_alone(4), two, 0.2, 0.1); },
                          "2 different times");
  test::expect_user_error([&] { time_split(labels, each_row_alone(4), four, 0.2, 0.1); },
                          "class a has no rows before");
  test::expect_user_error(
      [&] {
        time_split(labels, column_of({"g", "g", "g", "g"}), four, 0.2, 0.1);
      },
      "every group has rows among the latest 1 rows");
}

TEST(SiteSplits, LeaveEachSiteOutOnce) {
  const Categories sites = column_of({"x", "y", "x", "y", "z", "z"});
  const Categories groups = column_of({"1", "2", "3", "4", "5", "1"});  // 1: sites x and z
  const auto splits = site_splits(column_of({"a", "a", "b", "b", "a", "b"}), groups, sites);
  ASSERT_EQ(splits.size(), 3u);
  EXPECT_EQ(splits[0].test, (Rows{0, 2}));
  EXPECT_EQ(splits[0].left_out, (Rows{5}));
  EXPECT_EQ(splits[0].train, (Rows{1, 3, 4}));
  EXPECT_EQ(splits[1].train, (Rows{0, 2, 4, 5}));
}

TEST(SiteSplits, RefuseOneSiteAndClassesOfOneSite) {
  const Categories labels = column_of({"a", "b", "a", "b"});
  test::expect_user_error(
      [&] {
        site_splits(labels, each_row_alone(4), column_of({"x", "x", "x", "x"}));
      },
      "all rows are of one site");
  test::expect_user_error(
      [&] {
        site_splits(labels, each_row_alone(4), column_of({"x", "y", "x", "y"}));
      },
      "site x: class a has no rows elsewhere");
}

}  // namespace
}  // namespace puente
