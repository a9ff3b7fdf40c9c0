#include "data/folds.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "base/rng.h"
#include "data/split.h"
#include "support/files.h"

namespace puente {
namespace {

struct FoldsData {
  Categories labels, groups;
};

FoldsData made(int64_t groups, const std::vector<double>& class_shares, uint64_t seed) {
  Rng rng(seed);
  Column labels{"label", {}}, names{"group", {}};
  for (int64_t g = 0; g < groups; ++g) {
    double u = rng.uniform();
    size_t k = 0;
    while (k + 1 < class_shares.size() && u >= class_shares[k]) u -= class_shares[k++];
    for (uint64_t i = 0; i <= rng.below(6); ++i) {
      labels.values.push_back(std::string(1, static_cast<char>('a' + k)));
      names.values.push_back("g" + std::to_string(g));
    }
  }
  return {categories_of(labels, "t.csv"), categories_of(names, "t.csv")};
}

TEST(Folds, PartitionTheRowsAndKeepGroupsWhole) {
  const FoldsData data = made(200, {0.6, 0.3, 0.1}, 1);
  std::vector<int32_t> rows;  // not all
  for (const int32_t row : first_numbers(data.labels.of_row.size())) {
    if (row % 7 != 0) rows.push_back(row);
  }
  const auto folds = grouped_folds(data.labels, data.groups, rows, 5, 3);
  ASSERT_EQ(folds.size(), 5u);
  std::vector<int32_t> all;
  std::vector<int> fold_of(data.groups.names.size(), -1);
  for (size_t f = 0; f < folds.size(); ++f) {
    EXPECT_TRUE(std::ranges::is_sorted(folds[f]));
    for (const int32_t row : folds[f]) {
      int& fold = fold_of[static_cast<size_t>(data.groups.of_row[static_cast<size_t>(row)])];
      EXPECT_TRUE(fold == -1 || fold == static_cast<int>(f));
      fold = static_cast<int>(f);
    }
    all.insert(all.end(), folds[f].begin(), folds[f].end());
  }
  std::ranges::sort(all);
  EXPECT_EQ(all, rows);
}

TEST(Folds, HaveTheClassesInNearlyEqualShares) {
  const FoldsData data = made(600, {0.7, 0.25, 0.05}, 2);
  const auto folds =
      grouped_folds(data.labels, data.groups, first_numbers(data.labels.of_row.size()), 5, 1);
  const std::vector<int64_t> sizes = data.labels.sizes();
  for (const auto& fold : folds) {
    std::vector<int64_t> own(sizes.size());
    for (const int32_t row : fold) {
      ++own[static_cast<size_t>(data.labels.of_row[static_cast<size_t>(row)])];
    }
    for (size_t k = 0; k < own.size(); ++k) {
      // A group has six rows at most.
      EXPECT_NEAR(static_cast<double>(own[k]), static_cast<double>(sizes[k]) / 5, 6) << k;
    }
  }
}

TEST(Folds, DependOnTheSeed) {
  const FoldsData data = made(100, {0.5, 0.5}, 3);
  const std::vector<int32_t> rows = first_numbers(data.labels.of_row.size());
  EXPECT_EQ(grouped_folds(data.labels, data.groups, rows, 4, 1),
            grouped_folds(data.labels, data.groups, rows, 4, 1));
  EXPECT_NE(grouped_folds(data.labels, data.groups, rows, 4, 1),
            grouped_folds(data.labels, data.groups, rows, 4, 2));
}

TEST(Folds, RefuseWhatCannotBeTrained) {
  const Categories labels = categories_of({"l", {"a", "a", "a", "b", "b"}}, "t.csv");
  const Categories groups = categories_of({"g", {"1", "2", "3", "4", "4"}}, "t.csv");
  const std::vector<int32_t> rows = first_numbers(5);
  test::expect_user_error([&] { grouped_folds(labels, groups, rows, 2, 0); }, "class b (1 group)");
  test::expect_user_error([&] { grouped_folds(labels, groups, rows, 5, 0); },
                          "4 groups cannot make 5 folds");
  // Both groups hold both classes: either fold's complement trains both.
  const Categories mixed = categories_of({"l", {"a", "b", "a", "b"}}, "t.csv");
  const Categories two = categories_of({"g", {"1", "1", "2", "2"}}, "t.csv");
  EXPECT_EQ(grouped_folds(mixed, two, first_numbers(4), 2, 0).size(), 2u);
}

}  // namespace
}  // namespace puente
