#include "data/split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "data/manifest.h"
#include "data/pick.h"
#include "support/files.h"

namespace puente {
namespace {

Categories categories(const std::vector<std::string>& values) {
  return categories_of({"column", values}, "t.csv");
}

/// Rows of one class each: count[k] rows of class "k".
Categories labels_of_sizes(const std::vector<int>& count) {
  std::vector<std::string> values;
  for (size_t k = 0; k < count.size(); ++k) {
    values.insert(values.end(), static_cast<size_t>(count[k]), std::to_string(k));
  }
  return categories(values);
}

struct Data {
  Categories labels;
  Categories groups;
};

/// One entry per group: its rows' labels.
Data data_of(const std::vector<std::vector<int>>& groups) {
  std::vector<std::string> labels;
  std::vector<std::string> names;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (int label : groups[g]) {
      labels.push_back(std::to_string(label));
      names.push_back("g" + std::to_string(g));
    }
  }
  return {categories(labels), categories(names)};
}

std::vector<int> repeated(int label, int rows) {
  return std::vector<int>(static_cast<size_t>(rows), label);
}

using Parts = std::array<const std::vector<int32_t>*, 3>;
Parts parts_of(const Split& split) { return {&split.train, &split.validation, &split.test}; }

void expect_sound(const Data& data, const Split& split) {
  std::vector<int> row_seen(data.labels.of_row.size());
  std::vector<std::set<int>> parts_of_group(data.groups.names.size());
  int number = 0;
  for (const std::vector<int32_t>* part : parts_of(split)) {
    EXPECT_TRUE(std::is_sorted(part->begin(), part->end()));
    for (int32_t row : *part) {
      ++row_seen.at(static_cast<size_t>(row));
      parts_of_group[static_cast<size_t>(data.groups.of_row[static_cast<size_t>(row)])].insert(
          number);
    }
    ++number;
  }
  for (int seen : row_seen) EXPECT_EQ(seen, 1);
  for (const auto& parts : parts_of_group) EXPECT_EQ(parts.size(), 1u);
}

std::vector<int64_t> rows_per_class(const Categories& labels, const std::vector<int32_t>& rows) {
  std::vector<int64_t> count(labels.names.size());
  for (int32_t row : rows) ++count[static_cast<size_t>(labels.of_row[static_cast<size_t>(row)])];
  return count;
}

void expect_every_class_everywhere(const Data& data, const Split& split) {
  for (const std::vector<int32_t>* part : parts_of(split)) {
    for (int64_t count : rows_per_class(data.labels, *part)) EXPECT_GT(count, 0);
  }
}

Split holdout(const Data& data, uint64_t seed = 0) {
  HoldoutOptions options;
  options.seed = seed;
  Split split = holdout_split(data.labels, data.groups, options);
  expect_sound(data, split);
  return split;
}

TEST(Holdout, ThreeGroupsGiveOneToEachPart) {
  const Data data = data_of({{0}, {0, 0}, {0}, {1}, {1, 1, 1}, {1}});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    expect_every_class_everywhere(data, holdout(data, seed));
  }
}

TEST(Holdout, TheGreatestGroupIsTrainedWhenItWouldOverfillTheTest) {
  const Data data =
      data_of({repeated(0, 100), {0}, {0}, {1}, {1}, repeated(1, 80), repeated(1, 5)});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = holdout(data, seed);
    expect_every_class_everywhere(data, split);
    EXPECT_GE(split.train.size(), 180u);
  }
}

TEST(Holdout, SharesOfEveryStratumAreExactWhereRowsStandAlone) {
  Data data{labels_of_sizes({1000, 250, 50, 5}), each_row_alone(1305)};
  const Split split = holdout(data, 3);
  EXPECT_EQ(rows_per_class(data.labels, split.test), (std::vector<int64_t>{200, 50, 10, 1}));
  EXPECT_EQ(rows_per_class(data.labels, split.validation), (std::vector<int64_t>{80, 20, 4, 1}));
}

TEST(Holdout, SharesOfUnequalGroupsAreWithinOneSmallGroup) {
  Rng rng(5);
  std::vector<std::vector<int>> groups;
  for (int g = 0; g < 400; ++g) {
    const int label = g % 4;
    groups.push_back(repeated(label, 1 + static_cast<int>(rng.below(g % 10 == 0 ? 60 : 4))));
  }
  const Data data = data_of(groups);
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Split split = holdout(data, seed);
    const auto all = data.labels.sizes();
    const auto test = rows_per_class(data.labels, split.test);
    const auto validation = rows_per_class(data.labels, split.validation);
    for (size_t k = 0; k < all.size(); ++k) {
      EXPECT_NEAR(static_cast<double>(test[k]), 0.2 * static_cast<double>(all[k]), 0.501);
      EXPECT_NEAR(static_cast<double>(validation[k]), 0.1 * static_cast<double>(all[k] - test[k]),
                  0.501);
    }
  }
}

TEST(Holdout, MixedGroupsKeepEveryClassInEveryPart) {
  // Class 2 is never the commonest of its group, class 3 only by being the lower of a tie.
  Rng rng(9);
  std::vector<std::vector<int>> groups;
  for (int g = 0; g < 60; ++g) {
    std::vector<int> rows = repeated(static_cast<int>(rng.below(2)), 3);
    if (g < 4) rows.push_back(2);
    groups.push_back(rows);
  }
  for (int g = 0; g < 3; ++g) groups.push_back({3, 4});
  const Data data = data_of(groups);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    expect_every_class_everywhere(data, holdout(data, seed));
  }
}

TEST(Holdout, CrossedGroupsFindTheOneKindOfSplitThereIs) {
  // Each class has exactly three groups and shares two of them, so that groups must be coloured.
  const Data data =
      data_of({{0, 1}, {0, 2}, {0}, {1, 2}, {1}, {2}, {3, 4}, {3, 5}, {3}, {4, 5}, {4}, {5}});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    expect_every_class_everywhere(data, holdout(data, seed));
  }
}

TEST(Holdout, WhereGroupsAllowNoSuchSplitEveryClassIsStillTrained) {
  // Four groups, any three of which share a class: two must share a part.
  const Data data = data_of({{0, 1, 2}, {0, 1, 3}, {0, 2, 3}, {1, 2, 3}});
  const Split split = holdout(data);
  for (int64_t count : rows_per_class(data.labels, split.train)) EXPECT_GT(count, 0);
  EXPECT_FALSE(split.validation.empty());
  EXPECT_FALSE(split.test.empty());
}

TEST(Holdout, SameSeedSameSplitOtherSeedAnother) {
  const Data data{labels_of_sizes({60, 40}), each_row_alone(100)};
  const Split first = holdout(data, 1);
  const Split again = holdout(data, 1);
  const Split other = holdout(data, 2);
  EXPECT_EQ(first.train, again.train);
  EXPECT_EQ(first.validation, again.validation);
  EXPECT_EQ(first.test, again.test);
  EXPECT_NE(first.test, other.test);
  EXPECT_NE(first.validation, other.validation);
}

TEST(Holdout, TheSplitOfASeedIsPartOfTheContract) {
  // Published results name a seed; another order of random numbers would unmake them silently.
  const Data data{labels_of_sizes({12, 8}), each_row_alone(20)};
  const Split split = holdout(data, 0);
  EXPECT_EQ(split.test, (std::vector<int32_t>{2, 3, 12, 14}));
  EXPECT_EQ(split.validation, (std::vector<int32_t>{11, 17}));
}

TEST(Holdout, NamedGroupsMakeTheOrderOfRowsIrrelevant) {
  Rng rng(2);
  std::vector<std::string> labels, groups;
  for (int i = 0; i < 300; ++i) {
    const auto group = rng.below(80);
    groups.push_back("g" + std::to_string(group));
    labels.push_back(std::to_string(group % 3));
  }
  std::vector<size_t> order(300);
  std::iota(order.begin(), order.end(), 0);
  rng.shuffle(std::span<size_t>(order));
  std::vector<std::string> moved_labels, moved_groups;
  for (size_t i : order) {
    moved_labels.push_back(labels[i]);
    moved_groups.push_back(groups[i]);
  }
  const auto test_groups = [](const std::vector<std::string>& l,
                              const std::vector<std::string>& g) {
    std::set<std::string> names;
    for (int32_t row : holdout({categories(l), categories(g)}, 4).test) {
      names.insert(g[static_cast<size_t>(row)]);
    }
    return names;
  };
  EXPECT_EQ(test_groups(labels, groups), test_groups(moved_labels, moved_groups));
}

TEST(Holdout, EveryGroupIsTestedUnderSomeSeed) {
  const Data data{labels_of_sizes({20, 20}), each_row_alone(40)};
  std::vector<int> tested(40);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    for (int32_t row : holdout(data, seed).test) ++tested[static_cast<size_t>(row)];
  }
  for (int count : tested) EXPECT_NEAR(count, 40, 25);  // binomial, sd 5.7
}

TEST(Holdout, NamesTheClassesWithTooFewGroups) {
  const Data data = data_of({{0}, {0}, {0}, {1, 1, 1, 1}, {1}, {2}});
  test::expect_user_error([&] { holdout(data); }, "class 1 (2 groups), 2 (1 group)");
  test::expect_user_error([&] { holdout(data); }, "--min-groups 3");
}

TEST(Holdout, RefusesOneClass) {
  const Data data = data_of({{0}, {0}, {0}, {0}});
  test::expect_user_error([&] { holdout(data); }, "has 1 class ('0')");
}

TEST(Holdout, Ham10000KeepsLesionsTogetherAndShares) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "ham10000/metadata.csv");
  const Manifest manifest = read_manifest(path);
  ASSERT_EQ(manifest.rows(), 8499);
  const Data data{categories_of(manifest.column("dx", "--label"), manifest.source),
                  categories_of(manifest.column("lesion_id", "--group"), manifest.source)};
  ASSERT_EQ(data.labels.count(), 7);
  ASSERT_EQ(data.groups.count(), 6345);
  const auto all = data.labels.sizes();
  Split previous;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Split split = holdout(data, seed);
    EXPECT_NE(split.test, previous.test);
    const auto test = rows_per_class(data.labels, split.test);
    const auto validation = rows_per_class(data.labels, split.validation);
    for (size_t k = 0; k < all.size(); ++k) {
      const auto rows = static_cast<double>(all[k]);
      EXPECT_NEAR(static_cast<double>(test[k]), 0.2 * rows, 0.501) << data.labels.names[k];
      EXPECT_NEAR(static_cast<double>(validation[k]), 0.1 * (rows - static_cast<double>(test[k])),
                  0.501);
    }
    previous = split;
  }
}

TEST(PaperSplit, HasAsManyRowsOfEachClassAsScikitLearn) {
  // train_test_split(test_size=0.2, stratify=y), scikit-learn 1.x; these counts have no lots in
  // them.
  const Categories labels = labels_of_sizes({3, 7, 11, 2, 14});
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Split split = paper_split(labels, 0.2, seed);
    EXPECT_EQ(split.train.size(), 29u);
    EXPECT_TRUE(split.validation.empty());
    EXPECT_EQ(rows_per_class(labels, split.test), (std::vector<int64_t>{1, 2, 2, 0, 3}));
  }
  const Categories ham = labels_of_sizes({280, 441, 934, 97, 942, 5686, 119});
  const Split split = paper_split(ham, 0.2, 42);
  EXPECT_EQ(split.train.size(), 6799u);
  EXPECT_EQ(rows_per_class(ham, split.test),
            (std::vector<int64_t>{56, 88, 187, 19, 189, 1137, 24}));
  // The sizes that the paper reports.
  EXPECT_EQ(paper_split(labels_of_sizes({5015, 5000}), 0.2, 42).test.size(), 2003u);
  EXPECT_EQ(paper_split(labels_of_sizes({15000, 1266}), 0.2, 42).test.size(), 3254u);
}

TEST(PaperSplit, EveryRowOnceAndBySeed) {
  const Data data{labels_of_sizes({70, 30}), each_row_alone(100)};
  const Split split = paper_split(data.labels, 0.2, 1);
  expect_sound(data, split);
  EXPECT_EQ(split.test, paper_split(data.labels, 0.2, 1).test);
  EXPECT_NE(split.test, paper_split(data.labels, 0.2, 2).test);
}

TEST(PaperSplit, EqualRemaindersGoByLot) {
  const Categories labels = labels_of_sizes({9, 9, 9, 9});  // 8 test rows: one class has 1 or 3
  std::set<std::vector<int64_t>> seen;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const auto test = rows_per_class(labels, paper_split(labels, 0.25, seed).test);
    EXPECT_EQ(std::accumulate(test.begin(), test.end(), int64_t{0}), 9);
    seen.insert(test);
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(PaperSplit, RefusesClassesThatCannotBeInBothParts) {
  test::expect_user_error(
      [] {
        paper_split(labels_of_sizes({5, 1}), 0.2, 0);
      },
      "class 1 has 1 row");
  test::expect_user_error([] { paper_split(labels_of_sizes({5}), 0.2, 0); }, "1 class");
}

TEST(KeepClasses, LeavesOutAndNamesWhatIsTooSmall) {
  const Data data = data_of({{0, 1}, {0}, {0}, {1, 1}, {2}});
  const KeptClasses three = keep_classes(data.labels, data.groups, 3);
  EXPECT_EQ(three.rows, (std::vector<int32_t>{0, 2, 3}));
  EXPECT_EQ(three.left_out, (std::vector<std::string>{"1 (2 groups)", "2 (1 group)"}));
  const KeptClasses one = keep_classes(data.labels, data.groups, 1);
  EXPECT_EQ(one.rows.size(), 7u);
  EXPECT_TRUE(one.left_out.empty());
}

/// Of all 2^n choices, how near the sum can come.
double nearest_possible(const std::vector<int64_t>& sizes, double target) {
  double nearest = HUGE_VAL;
  for (size_t choice = 0; choice < (size_t{1} << sizes.size()); ++choice) {
    double sum = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (choice >> i & 1) sum += static_cast<double>(sizes[i]);
    }
    nearest = std::min(nearest, std::abs(sum - target));
  }
  return nearest;
}

double sum_of(const std::vector<int64_t>& sizes, const std::vector<bool>& taken) {
  double sum = 0;
  for (size_t i = 0; i < sizes.size(); ++i) sum += taken[i] ? static_cast<double>(sizes[i]) : 0;
  return sum;
}

TEST(PickNearest, NoOtherChoiceIsNearer) {
  Rng rng(77);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<int64_t> sizes(rng.below(12));
    int64_t all = 0;
    for (int64_t& size : sizes) all += size = 1 + static_cast<int64_t>(rng.below(40));
    const double target = rng.uniform(-0.1, 1.1) * static_cast<double>(all);
    const std::vector<bool> taken = pick_nearest(sizes, target);
    EXPECT_NEAR(std::abs(sum_of(sizes, taken) - target), nearest_possible(sizes, target), 1e-9);
  }
}

TEST(PickNearest, ManyLargeItemsAreStillNear) {
  Rng rng(78);
  std::vector<int64_t> sizes(20000);
  double all = 0;
  for (int64_t& size : sizes) all += static_cast<double>(size = 1000 + rng.below(100000));
  EXPECT_NEAR(sum_of(sizes, pick_nearest(sizes, 0.2 * all)), 0.2 * all, 50500);
}

TEST(PickNearest, TakesNothingOrEverythingWhereThatIsNearest) {
  EXPECT_EQ(pick_nearest({}, 5), std::vector<bool>());
  const std::vector<int64_t> sizes = {3, 4};
  EXPECT_EQ(pick_nearest(sizes, 1), (std::vector<bool>{false, false}));
  EXPECT_EQ(pick_nearest(sizes, -2), (std::vector<bool>{false, false}));
  EXPECT_EQ(pick_nearest(sizes, 100), (std::vector<bool>{true, true}));
}

}  // namespace
}  // namespace puente
