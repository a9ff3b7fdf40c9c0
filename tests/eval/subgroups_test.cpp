#include "eval/subgroups.h"

#include <cmath>
#include <gtest/gtest.h>

#include "data/split.h"
#include "predictions_of.h"
#include "support/files.h"

namespace puente {
namespace {

using Json = nlohmann::json;
using test::expect_near_or_nan;
using test::predictions_of;
using Names = std::vector<std::string>;
using Rows = std::vector<int32_t>;

void expect_subgroups(const std::vector<Subgroup>& subgroups, const Json& expected) {
  ASSERT_EQ(subgroups.size(), expected.size());
  for (size_t s = 0; s < subgroups.size(); ++s) {
    SCOPED_TRACE(subgroups[s].name);
    EXPECT_EQ(subgroups[s].rows, expected[s]["rows"].get<int64_t>());
    ASSERT_TRUE(subgroups[s].evaluation);
    const Evaluation& evaluation = *subgroups[s].evaluation;
    EXPECT_EQ(evaluation.rows, subgroups[s].rows);
    expect_near_or_nan(evaluation.accuracy, expected[s]["accuracy"]);
    expect_near_or_nan(evaluation.balanced_accuracy, expected[s]["balanced_accuracy"]);
    expect_near_or_nan(evaluation.macro_f1, expected[s]["macro_f1"]);
    expect_near_or_nan(evaluation.auc, expected[s]["auc"]);
    expect_near_or_nan(evaluation.average_precision, expected[s]["average_precision"]);
  }
}

TEST(Subgroups, HaveScikitLearnsMetricsOfTheirRows) {
  const Json expected = Json::parse(test::read_text(test::golden("by_group.json")))["subgroups"];
  const Scorer scorer(predictions_of(expected["label"], expected["probability_1024ths"]));
  const Column sex = {"sex", expected["sex"].get<Names>()};
  const Column age = {"age", expected["age"].get<Names>()};

  const SubgroupEvaluation by_sex = evaluate_subgroups(scorer, subgroups_by_value(sex, "t.csv"));
  EXPECT_EQ(by_sex.column, "sex");
  ASSERT_EQ(by_sex.subgroups.size(), 3u);
  EXPECT_EQ(by_sex.subgroups[0].name, "female");
  EXPECT_EQ(by_sex.subgroups[2].name, "(missing)");
  expect_subgroups(by_sex.subgroups, expected["by_sex"]);

  const std::vector<double> cuts = {40, 65};
  expect_subgroups(evaluate_subgroups(scorer, subgroups_in_bands(age, "t.csv", cuts)).subgroups,
                   expected["by_age_40_65"]);

  const std::vector<double> quartiles = quartiles_of(age, "t.csv");
  ASSERT_EQ(quartiles.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(quartiles[i], expected["quartiles"][i].get<double>(), 1e-12);
  }
  const std::vector<int32_t> all = first_numbers(age.values.size());
  const Subgrouping bands = subgroups_by(subgroup_rule(age, all, "t.csv"), age, "t.csv");
  expect_subgroups(evaluate_subgroups(scorer, bands).subgroups, expected["by_age_quartile"]);
}

TEST(Subgroups, ABandOwnsItsLowerCut) {
  const Column age = {"age", {"39.5", " 40 ", "64", "65", "NA", "90"}};
  const Subgrouping bands = subgroups_in_bands(age, "t.csv", std::vector<double>{40, 65});
  EXPECT_EQ(bands.names, (Names{"< 40", "40 to < 65", ">= 65", "(missing)"}));
  EXPECT_EQ(bands.of_row, (Rows{0, 1, 1, 2, 3, 2}));
}

TEST(Subgroups, MissingValuesAreASubgroupOnlyWhereThereAreSome) {
  EXPECT_EQ(subgroups_by_value({"eye", {"2", "10", "2"}}, "t.csv").names, (Names{"2", "10"}));
  const Subgrouping some = subgroups_by_value({"eye", {"", "10", "nan", "2"}}, "t.csv");
  EXPECT_EQ(some.names, (Names{"2", "10", "(missing)"}));
  EXPECT_EQ(some.of_row, (Rows{2, 1, 2, 0}));
}

TEST(Subgroups, ByValueOrInBandsAsTheColumnIs) {
  Column column = {"age", {}};
  for (int i = 0; i < 22; ++i) column.values.push_back(std::to_string(i / 2));
  const auto names = [&](const std::vector<int32_t>& rows) {
    const SubgroupRule rule = subgroup_rule(column, rows, "t.csv");
    EXPECT_EQ(rule.column, "age");
    return subgroups_by(rule, column, "t.csv").names;
  };
  EXPECT_EQ(names(first_numbers(22)), (Names{"< 2.25", "2.25 to < 5", "5 to < 7.75", ">= 7.75"}));
  EXPECT_EQ(names(first_numbers(20)).size(), 11u);  // ten different ones in these rows
  EXPECT_EQ(names({}).size(), 11u);
  column.values.push_back("");  // a missing value is no number, and no word either
  EXPECT_EQ(names(first_numbers(23)).size(), 5u);
  column.values.push_back("unknown");
  EXPECT_EQ(names(first_numbers(22)).size(), 13u);
}

TEST(Subgroups, OtherRowsFallIntoTheBandsOfTheRowsThatWereAsked) {
  Column column = {"age", {}};
  for (int i = 0; i < 21; ++i) column.values.push_back(std::to_string(i));
  for (int i = 0; i < 9; ++i) column.values.push_back("90");
  const SubgroupRule rule = subgroup_rule(column, first_numbers(21), "t.csv");
  EXPECT_EQ(rule.cuts, (std::vector<double>{5, 10, 15}));
  const Subgrouping bands = subgroups_by(rule, column, "t.csv");
  EXPECT_EQ(bands.of_row[4], 0);
  EXPECT_EQ(bands.of_row[29], 3);
  test::expect_user_error(
      [&] {
        subgroups_by(rule, {"age", {"4", "old"}}, "u.csv");
      },
      "u.csv: row 2, column 'age': 'old' is not a number");
}

TEST(Subgroups, QuartilesThatCoincide) {
  const Column mostly_none = {"years", {"0", "0", "0", "0", "0", "0", "0", "0", "3", "7"}};
  EXPECT_EQ(quartiles_of(mostly_none, "t.csv"), std::vector<double>{3});
  const Column two = {"years", {"0", "1", "1", "1", "1", "1", "1", "1", "1"}};
  EXPECT_EQ(quartiles_of(two, "t.csv"), std::vector<double>{1});
}

/// `rows` rows of class 1, of which `right` are predicted so.
void append(Json& label, Json& parts, int rows, int right, int32_t of_class) {
  for (int i = 0; i < rows; ++i) {
    label.push_back(of_class);
    const int of_label = i < right ? 900 - i : 100 + i;
    parts.push_back(of_class == 1 ? Json{1024 - of_label, of_label}
                                  : Json{of_label, 1024 - of_label});
  }
}

TEST(Subgroups, GapsAreThoseOfTheSubgroupsThatAreShown) {
  Json label = Json::array();
  Json parts = Json::array();
  Column site = {"site", {}};
  const auto add = [&](const char* name, int rows, int right, int32_t of_class) {
    append(label, parts, rows, right, of_class);
    site.values.insert(site.values.end(), static_cast<size_t>(rows), name);
  };
  add("A", 10, 9, 1);
  add("A", 10, 8, 0);
  add("B", 20, 12, 1);  // no row of class 0: no AUC
  add("C", 9, 0, 1);    // too few to be shown
  add("D", 11, 11, 0);
  add("D", 9, 0, 1);  // too few for a recall of class 1
  const SubgroupEvaluation result =
      evaluate_subgroups(Scorer(predictions_of(label, parts)), subgroups_by_value(site, "t.csv"));
  ASSERT_EQ(result.subgroups.size(), 4u);
  EXPECT_EQ(result.subgroups[2].name, "C");
  EXPECT_EQ(result.subgroups[2].rows, 9);
  EXPECT_FALSE(result.subgroups[2].evaluation);
  EXPECT_TRUE(std::isnan(result.subgroups[1].evaluation->auc));

  const auto gap = [&](const char* figure, std::optional<int32_t> of_class = {}) {
    for (const SubgroupGap& found : result.gaps) {
      if (found.figure == figure && found.of_class == of_class) return found;
    }
    ADD_FAILURE() << "no gap of " << figure;
    return SubgroupGap{};
  };
  EXPECT_EQ(result.gaps.size(), 7u);
  EXPECT_DOUBLE_EQ(gap("accuracy").difference, 0.85 - 0.55);
  EXPECT_EQ(gap("accuracy").lowest, "D");
  EXPECT_EQ(gap("accuracy").highest, "A");
  EXPECT_DOUBLE_EQ(gap("recall", 1).difference, 0.9 - 0.6);
  EXPECT_EQ(gap("recall", 1).lowest, "B");
  EXPECT_DOUBLE_EQ(gap("recall", 0).difference, 1 - 0.8);
  EXPECT_EQ(gap("recall", 0).highest, "D");
  EXPECT_EQ(gap("AUC").lowest, "D");
  EXPECT_EQ(gap("AUC").highest, "A");

  EXPECT_TRUE(largest_gaps({}).empty());
  EXPECT_TRUE(largest_gaps(std::span(result.subgroups).first(1)).empty());
}

TEST(Subgroups, ColumnsThatCannotBeCompared) {
  test::expect_user_error(
      [] {
        subgroups_by_value({"sex", {"", "NA"}}, "t.csv");
      },
      "t.csv: column 'sex' has no value in any row");
  test::expect_user_error(
      [] {
        subgroups_by({"sex", {}}, {"sex", {}}, "t.csv");
      },
      "no value in any row");
  test::expect_user_error(
      [] {
        subgroups_in_bands({"age", {"40", "old"}}, "t.csv", std::vector<double>{50});
      },
      "t.csv: row 2, column 'age': 'old' is not a number");
  test::expect_user_error([] { quartiles_of({"age", {"inf"}}, "t.csv"); }, "is not a number");
  test::expect_user_error(
      [] {
        quartiles_of({"age", {"4", "4.0", ""}}, "t.csv");
      },
      "has the one value 4");
  test::expect_user_error(
      [] {
        subgroups_in_bands({"age", {"40"}}, "t.csv", std::vector<double>{60, 40});
      },
      "the cuts of column 'age' are 60,40");
  test::expect_user_error([] { subgroups_in_bands({"age", {"40"}}, "t.csv", {}); }, "none");
}

}  // namespace
}  // namespace puente
