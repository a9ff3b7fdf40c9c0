#include "data/label_set.h"

#include <gtest/gtest.h>
#include <set>

#include "base/rng.h"
#include "data/folds.h"
#include "data/groups.h"
#include "data/split.h"
#include "support/files.h"

namespace puente {
namespace {

LabelSet labels_of(const std::vector<Column>& columns) {
  std::vector<const Column*> list;
  for (const Column& column : columns) list.push_back(&column);
  return label_set_of(list, "t.csv");
}

TEST(LabelSet, TakesYesAndNoInSeveralWords) {
  const LabelSet labels = labels_of({{"a", {"1", "0", "", "1"}},
                                     {"b", {"True", "False", "False", "  "}},
                                     {"c", {"no", "yes", "yes", "no"}},
                                     {"d", {"0.0", "1.0", "", ""}},
                                     {"e", {"Y", "N", "N", "N"}}});
  EXPECT_EQ(labels.of_row, (std::vector<int32_t>{1,  1, 0, 0,  1, 0, 0,  1, 1,  0,  //
                                                 -1, 0, 1, -1, 0, 1, -1, 0, -1, 0}));
  EXPECT_EQ(labels.rows(), 4);
  EXPECT_EQ(labels.classes(1), (std::vector<std::string>{"False", "True"}));
  EXPECT_EQ(labels.classes(4), (std::vector<std::string>{"N", "Y"}));
  EXPECT_EQ(labels_at(labels, std::vector<int32_t>{3, 0}).of_row,
            (std::vector<int32_t>{1, -1, 0, -1, 0, 1, 1, 0, 0, 1}));
}

TEST(LabelSet, NamesTheRowAndTheColumnOfAnythingElse) {
  const auto expect = [](const std::vector<std::string>& values, std::string_view part) {
    test::expect_user_error([&] { labels_of({{"itch", values}}); }, part);
  };
  expect({"True", "False", "UNK"}, "t.csv: row 3: 'UNK' in column 'itch' is neither yes nor no");
  expect({"1", "0", "2"}, "row 3: '2' in column 'itch'");
  expect({"1", "0", "-1"}, "row 3: '-1'");
  expect({"yes", "no", "Yes"}, "row 3: 'Yes' in column 'itch', where other rows have 'yes'");
  expect({"0", "True"}, "row 2: 'True' in column 'itch', where other rows have '0'");
  expect({"0", "1.0"}, "row 2: '1.0' in column 'itch', where other rows have '0'");
  expect({"0", "", "0"}, "column 'itch' has no row that says yes");
  expect({"yes"}, "column 'itch' has no row that says no");
  expect({"", ""}, "column 'itch' has no row that says no");
  test::expect_user_error(
      [] {
        labels_of({{"itch", {"0", "1"}}, {"itch", {"0", "1"}}});
      },
      "names the column 'itch' twice");
}

TEST(RowClasses, OfLabelsAreTheirAnswers) {
  const RowClasses classes(labels_of({{"a", {"1", "0", ""}}, {"b", {"no", "yes", "yes"}}}));
  EXPECT_EQ(classes.names, (std::vector<std::string>{"a 0", "a 1", "b no", "b yes"}));
  EXPECT_EQ(classes.of_row, (std::vector<int32_t>{1, 2, 0, 3, -1, 3}));
  EXPECT_EQ(classes.sizes(), (std::vector<int64_t>{1, 1, 1, 2}));
  EXPECT_EQ(classes.rows(), 3);
}

TEST(Groups, OfLabelsHaveTheRarestAnswerAsTheirStratum) {
  const LabelSet labels = labels_of(
      {{"a", {"1", "0", "0", "0", "0", ""}}, {"b", {"no", "yes", "yes", "no", "no", "yes"}}});
  const Categories groups = categories_of({"id", {"x", "x", "y", "z", "z", "w"}}, "t.csv");
  const std::vector<Group> result = groups_of(labels, groups);  // w, x, y, z
  EXPECT_EQ(result[0].rows, 1);
  EXPECT_EQ(result[0].classes, (std::vector<int32_t>{3}));
  EXPECT_EQ(result[1].rows, 2);
  EXPECT_EQ(result[1].classes, (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(result[1].stratum, 1);  // one row of all
  EXPECT_EQ(result[2].stratum, 3);  // three of b yes, four of a 0
  EXPECT_EQ(result[3].stratum, 2);  // three of b no
  EXPECT_EQ(result[3].class_rows, (std::vector<int64_t>{2, 2}));
}

/// 900 rows of 300 groups: a is common, b is rare, c hangs on a and is often not known.
struct Made {
  LabelSet labels;
  Categories groups;
};

Made made() {
  Rng rng(4);
  std::vector<Column> columns = {{"a", {}}, {"b", {}}, {"c", {}}};
  Column group{"g", {}};
  for (int row = 0; row < 900; ++row) {
    const bool a = rng.below(2) == 0;
    columns[0].values.emplace_back(a ? "1" : "0");
    columns[1].values.emplace_back(rng.below(30) == 0 ? "1" : "0");
    columns[2].values.emplace_back(rng.below(3) == 0 ? "" : a && rng.below(4) == 0 ? "1" : "0");
    group.values.push_back(std::to_string(rng.below(300)));
  }
  return {labels_of(columns), categories_of(group, "t.csv")};
}

void expect_groups_whole(const Made& data, const std::vector<std::vector<int32_t>>& parts) {
  std::vector<std::set<size_t>> of_group(data.groups.names.size());
  size_t rows = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    rows += parts[p].size();
    for (const int32_t row : parts[p]) {
      of_group[static_cast<size_t>(data.groups.of_row[static_cast<size_t>(row)])].insert(p);
    }
  }
  EXPECT_EQ(rows, data.groups.of_row.size());
  for (const auto& own : of_group) EXPECT_EQ(own.size(), 1u);
}

TEST(Holdout, OfLabelsHasItsShareOfEveryAnswerInEveryPart) {
  const Made data = made();
  const RowClasses classes(data.labels);
  const std::vector<int64_t> all = classes.sizes();
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Split split = holdout_split(data.labels, data.groups, {.seed = seed});
    expect_groups_whole(data, {split.train, split.validation, split.test});
    const auto test = classes_at(classes, split.test).sizes();
    const auto validation = classes_at(classes, split.validation).sizes();
    for (size_t k = 0; k < all.size(); ++k) {
      const auto of_all = static_cast<double>(all[k]);
      const double slack = 4 + 0.05 * of_all;
      EXPECT_NEAR(static_cast<double>(test[k]), 0.2 * of_all, slack) << classes.names[k];
      EXPECT_NEAR(static_cast<double>(validation[k]), 0.08 * of_all, slack) << classes.names[k];
      EXPECT_GT(validation[k], 0) << classes.names[k];
    }
  }
}

TEST(Folds, OfLabelsHaveTheirShareOfEveryAnswer) {
  const Made data = made();
  const RowClasses classes(data.labels);
  const std::vector<int64_t> all = classes.sizes();
  const auto folds = grouped_folds(data.labels, data.groups, first_numbers(900), 5, 1);
  expect_groups_whole(data, folds);
  for (const std::vector<int32_t>& fold : folds) {
    const auto own = classes_at(classes, fold).sizes();
    for (size_t k = 0; k < all.size(); ++k) {
      EXPECT_NEAR(static_cast<double>(own[k]), static_cast<double>(all[k]) / 5,
                  2 + 0.02 * static_cast<double>(all[k]))
          << classes.names[k];
    }
  }
}

TEST(Splits, OfLabelsNameAnAnswerThatIsTooRare) {
  LabelSet labels = labels_of({{"a", {"1", "0", "1", "0", "1", "0", "1", "0"}},
                               {"b", {"1", "1", "0", "0", "0", "0", "0", "0"}}});
  const Categories alone = each_row_alone(8);
  test::expect_user_error([&] { holdout_split(labels, alone, {}); },
                          "class b 1 (2 groups): train, validation and test need one each; leave "
                          "such labels out");
  labels.of_row[3] = 0;  // b of row 2
  test::expect_user_error([&] { grouped_folds(labels, alone, first_numbers(8), 2, 0); },
                          "class b 1 (1 group)");
  const std::vector<double> times = {8, 1, 2, 3, 4, 5, 6, 7};
  test::expect_user_error([&] { time_split(labels, alone, times, 0.2, 0.1); }, "class b 1 has no");
  const Categories sites = categories_of({"s", {"x", "x", "x", "x", "y", "y", "y", "y"}}, "t.csv");
  test::expect_user_error([&] { site_splits(labels, alone, sites); }, "site x: class b 1");
}

}  // namespace
}  // namespace puente
