#include "audit/group_permutation.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "base/rng.h"

namespace puente {
namespace {

Categories numbered(std::vector<int32_t> of_row) {
  Categories result;
  const int32_t count = 1 + *std::max_element(of_row.begin(), of_row.end());
  for (int32_t i = 0; i < count; ++i) result.names.push_back(std::to_string(i));
  result.of_row = std::move(of_row);
  return result;
}

TEST(GroupPermutation, RowsAloneArePermuted) {
  const Categories labels = numbered({0, 0, 0, 1, 1, 2, 2, 2, 2, 2});
  const GroupPermutation permutation(labels, each_row_alone(10));
  std::vector<int32_t> drawn = permutation.labels(3, 7);
  EXPECT_NE(drawn, labels.of_row);
  EXPECT_EQ(drawn, permutation.labels(3, 7));
  EXPECT_NE(drawn, permutation.labels(3, 8));
  EXPECT_NE(drawn, permutation.labels(4, 7));
  std::sort(drawn.begin(), drawn.end());
  EXPECT_EQ(drawn, labels.of_row);
}

TEST(GroupPermutation, GroupsOfOneClassStayOfOneClass) {
  const Categories groups = numbered({0, 1, 0, 2, 1, 0, 3, 3});
  const Categories labels = numbered({0, 1, 0, 2, 1, 0, 1, 1});
  const GroupPermutation permutation(labels, groups);
  for (uint64_t number = 0; number < 50; ++number) {
    const std::vector<int32_t> drawn = permutation.labels(1, number);
    EXPECT_EQ(drawn[0], drawn[2]);
    EXPECT_EQ(drawn[0], drawn[5]);
    EXPECT_EQ(drawn[1], drawn[4]);
    EXPECT_EQ(drawn[6], drawn[7]);
  }
}

TEST(GroupPermutation, AMixedGroupIsStretched) {
  // Two groups: one takes the other's labels, or each keeps its own.
  const Categories groups = numbered({0, 0, 0, 0, 1, 1});
  const Categories labels = numbered({0, 0, 1, 1, 2, 3});
  const GroupPermutation permutation(labels, groups);
  std::set<std::vector<int32_t>> drawn;
  for (uint64_t number = 0; number < 40; ++number) drawn.insert(permutation.labels(1, number));
  EXPECT_EQ(drawn, (std::set<std::vector<int32_t>>{{0, 0, 1, 1, 2, 3}, {2, 2, 3, 3, 0, 1}}));
}

double agreement(const std::vector<int32_t>& labels, const std::vector<int32_t>& field) {
  double equal = 0;
  for (size_t i = 0; i < labels.size(); ++i) equal += labels[i] == field[i];
  return equal;
}

TEST(PermutationTest, PIsThatOfCountedPermutations) {
  // 2 groups: half of all permutations are the labels as they are.
  const Categories groups = numbered({0, 0, 1, 1});
  const Categories labels = numbered({0, 0, 1, 1});
  const auto statistic = [&](const std::vector<int32_t>& l) { return agreement(l, {0, 0, 1, 1}); };
  const PermutationTest test = permutation_test(labels, groups, 5, 1, statistic);
  EXPECT_EQ(test.observed, 4);
  EXPECT_NEAR(test.expected, 2, 0.3);
  EXPECT_NEAR(test.p, 0.5, 0.1);
  EXPECT_FALSE(test.significant());
  const PermutationTest threads = permutation_test(labels, groups, 5, 3, statistic);
  EXPECT_EQ(threads.p, test.p);
  EXPECT_EQ(threads.expected, test.expected);
}

TEST(PermutationTest, GroupsNotRowsAreCounted) {
  // Four patients of fifty rows; a field that is constant in a patient happens to agree with the
  // class. Rows would call that certain; of 4! = 24 permutations of patients 4 do as well.
  std::vector<int32_t> group, label;
  for (int32_t i = 0; i < 200; ++i) {
    group.push_back(i / 50);
    label.push_back(i / 100);
  }
  const auto statistic = [&](const std::vector<int32_t>& l) { return agreement(l, label); };
  const PermutationTest grouped =
      permutation_test(numbered(label), numbered(group), 1, 1, statistic);
  EXPECT_NEAR(grouped.p, 4.0 / 24, 0.06);
  const PermutationTest rows =
      permutation_test(numbered(label), each_row_alone(200), 1, 1, statistic);
  EXPECT_EQ(rows.p, 1.0 / (1 + kPermutations));
}

TEST(PermutationTest, HoldsItsLevel) {
  // Of 400 tables without a dependence, about 1 in 20 has p <= 0.05 (standard error 1.1 %).
  int small = 0;
  for (uint64_t table = 0; table < 400; ++table) {
    Rng rng(table, 9);
    std::vector<int32_t> group, label, field;
    for (int32_t g = 0; g < 30; ++g) {
      const auto k = static_cast<int32_t>(rng.below(3));
      const auto f = static_cast<int32_t>(rng.below(3));
      for (uint64_t i = 0, n = 1 + rng.below(6); i < n; ++i) {
        group.push_back(g);
        label.push_back(k);
        field.push_back(f);
      }
    }
    const PermutationTest test =
        permutation_test(numbered(label), numbered(group), table, 1,
                         [&](const std::vector<int32_t>& l) { return agreement(l, field); });
    small += test.p <= 0.05;
  }
  EXPECT_GE(small, 9);
  EXPECT_LE(small, 34);
}

}  // namespace
}  // namespace puente
