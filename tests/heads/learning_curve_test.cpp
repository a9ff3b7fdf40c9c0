#include "heads/learning_curve.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "base/rng.h"

namespace puente {
namespace {

Categories categories(const std::vector<std::string>& values) {
  return categories_of({"column", values}, "t.csv");
}

struct Data {
  Categories labels, groups;
  std::vector<int32_t> train;  // all rows but every fifth
};

/// Groups of one to three rows; every third group of class "a" also holds a row of class "z".
Data made(int rows, uint64_t seed) {
  Rng rng(seed);
  std::vector<std::string> label, group;
  Data data;
  for (int g = 0; static_cast<int>(label.size()) < rows; ++g) {
    const std::string own = rng.below(10) < 7 ? "a" : rng.below(3) == 0 ? "c" : "b";
    const auto count = 1 + rng.below(3);
    for (uint64_t i = 0; i < count; ++i) {
      label.push_back(own == "a" && g % 3 == 0 && i == 2 ? "z" : own);
      group.push_back("g" + std::to_string(g));
    }
  }
  data.labels = categories(label);
  data.groups = categories(group);
  for (int32_t row = 0; row < static_cast<int32_t>(label.size()); ++row) {
    if (data.groups.of_row[static_cast<size_t>(row)] % 5 != 0) data.train.push_back(row);
  }
  return data;
}

std::set<int32_t> of(const Categories& categories, const std::vector<int32_t>& rows) {
  std::set<int32_t> found;
  for (const int32_t row : rows) found.insert(categories.of_row[static_cast<size_t>(row)]);
  return found;
}

TEST(LearningCurve, SubsetsAreNestedOfWholeGroupsAndHoldEveryClass) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Data data = made(400, seed);
    const auto curve = learning_curve(data.labels, data.groups, data.train, kCurveShares, seed);
    ASSERT_EQ(curve.size(), 6u);
    const auto all_groups = of(data.groups, data.train);
    const std::vector<int32_t>* before = nullptr;
    for (size_t i = 0; i < curve.size(); ++i) {
      const CurveSubset& subset = curve[i];
      EXPECT_EQ(subset.share, kCurveShares[i]);
      EXPECT_TRUE(std::is_sorted(subset.rows.begin(), subset.rows.end()));
      EXPECT_EQ(of(data.labels, subset.rows), of(data.labels, data.train));
      const auto groups = of(data.groups, subset.rows);
      EXPECT_EQ(subset.groups, static_cast<int64_t>(groups.size()));
      EXPECT_NEAR(static_cast<double>(subset.groups),
                  subset.share * static_cast<double>(all_groups.size()), 4.0);
      for (const int32_t row : data.train) {
        EXPECT_EQ(std::binary_search(subset.rows.begin(), subset.rows.end(), row),
                  groups.contains(data.groups.of_row[static_cast<size_t>(row)]));
      }
      if (before != nullptr) {
        EXPECT_TRUE(
            std::includes(subset.rows.begin(), subset.rows.end(), before->begin(), before->end()));
      }
      before = &subset.rows;
    }
    EXPECT_EQ(curve.back().rows, data.train);
  }
}

TEST(LearningCurve, StrataKeepTheirShares) {
  std::vector<std::string> label;
  std::vector<int32_t> train;
  for (int32_t i = 0; i < 200; ++i) {
    label.push_back(i < 140 ? "a" : "b");
    train.push_back(i);
  }
  const double shares[] = {0.1, 0.5};
  const auto curve = learning_curve(categories(label), each_row_alone(200), train, shares, 3);
  const auto of_a = [](const CurveSubset& subset) {
    return std::count_if(subset.rows.begin(), subset.rows.end(), [](int32_t r) { return r < 140; });
  };
  EXPECT_EQ(of_a(curve[0]), 14);
  EXPECT_EQ(curve[0].rows.size(), 20u);
  EXPECT_EQ(of_a(curve[1]), 70);
  EXPECT_EQ(curve[1].rows.size(), 100u);
}

TEST(LearningCurve, ARareClassIsThereEvenWhereItsShareWouldBeNothing) {
  std::vector<std::string> label(100, "common");
  label[37] = "rare";
  std::vector<int32_t> train(100);
  for (int32_t i = 0; i < 100; ++i) train[static_cast<size_t>(i)] = i;
  const double shares[] = {0.001, 0.05};
  const auto curve = learning_curve(categories(label), each_row_alone(100), train, shares, 3);
  EXPECT_EQ(curve[0].groups, 2);  // one of each class, though the share is no group at all
  EXPECT_TRUE(std::count(curve[0].rows.begin(), curve[0].rows.end(), 37));
  EXPECT_EQ(curve[1].groups, 6);
}

TEST(LearningCurve, DependsOnTheSeed) {
  const Data data = made(400, 1);
  const auto rows = [&](uint64_t seed) {
    return learning_curve(data.labels, data.groups, data.train, kCurveShares, seed)[1].rows;
  };
  EXPECT_EQ(rows(1), rows(1));
  EXPECT_NE(rows(1), rows(2));
}

}  // namespace
}  // namespace puente
