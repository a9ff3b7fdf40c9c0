#include "experiment/assessment.h"

#include <algorithm>
#include <cmath>

#include "eval/temperature.h"
#include "experiment/run.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

/// With a sex (one row in fifteen: "other"), an age from 20 to 59, and a column without values.
Dataset dataset_with_columns(int64_t classes = 2) {
  EmbeddingTable table = test::made_table({.rows = 400, .classes = classes, .noise = 4, .seed = 3});
  Column sex{"sex", {}}, age{"age", {}}, empty{"empty", {}};
  for (int row = 0; row < 400; ++row) {
    sex.values.emplace_back(row % 15 == 0 ? "other" : row % 2 == 0 ? "female" : "male");
    age.values.push_back(std::to_string(20 + row % 40));
    empty.values.emplace_back("");
  }
  table.columns.insert(table.columns.end(), {sex, age, empty});
  return make_dataset(std::move(table), {.label = "dx", .group = "patient"});
}

struct Assessed {
  Split split;
  RunResult run;
  Assessment assessment;
};

Assessed assessed(const Dataset& dataset, const Split& split, const AssessmentPlan& plan,
                  const Wishes& wishes = {}) {
  const RunPlan run_plan{.epochs = 5};
  check_assessment(dataset, split, plan, wishes);
  RunResult result =
      run(dataset, split, align_for(dataset, split, Protocol::holdout, {}), run_plan, {});
  Assessment assessment =
      assess(dataset, {split.test, result.predictions},
             fit_assessment(dataset, split, result.chosen_on, plan, wishes), plan);
  return {split, std::move(result), std::move(assessment)};
}

Split split_of(const Dataset& dataset, Chooser chooser = Chooser::validation) {
  return make_split(dataset, {.chooser = chooser});
}

TEST(Assessment, TestLabelsMoveNoTemperatureAndNoThreshold) {
  const Dataset dataset = dataset_with_columns();
  for (const Chooser chooser : {Chooser::validation, Chooser::folds}) {
    const Split split = split_of(dataset, chooser);
    Dataset changed = dataset;
    for (const int32_t row : split.test) {
      auto& label = changed.labels.of_row[static_cast<size_t>(row)];
      label = 1 - label;
    }
    const Wishes wishes{.sensitivity = 0.8, .specificity = 0.7};
    const Assessed a = assessed(dataset, split, {}, wishes),
                   b = assessed(changed, split, {}, wishes);
    EXPECT_EQ(a.run.chosen_epoch, b.run.chosen_epoch);
    ASSERT_TRUE(a.assessment.temperature);
    EXPECT_EQ(a.assessment.temperature, b.assessment.temperature);
    EXPECT_EQ(*a.assessment.temperature, *fit_temperature(a.run.chosen_on));
    EXPECT_NE(a.assessment.tempered->brier, b.assessment.tempered->brier);
    ASSERT_EQ(a.assessment.thresholds.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      const AssessedThreshold &one = a.assessment.thresholds[i], &two = b.assessment.thresholds[i];
      ASSERT_TRUE(one.chosen && two.chosen);
      EXPECT_EQ(one.chosen->threshold, two.chosen->threshold);
      EXPECT_NE(one.test->true_positives, two.test->true_positives);
    }
  }
}

TEST(Assessment, ThresholdsAreThoseOfTheRowsThatChose) {
  const Dataset three = dataset_with_columns(3);
  const Assessed a = assessed(three, split_of(three), {}, {.sensitivity = 0.8, .specificity = {}});
  ASSERT_EQ(a.assessment.thresholds.size(), 3u);  // each class in turn
  for (int32_t k = 0; k < 3; ++k) {
    const AssessedThreshold& one = a.assessment.thresholds[static_cast<size_t>(k)];
    const auto chosen = choose_threshold(a.run.chosen_on, k, Wish::sensitivity, 0.8);
    EXPECT_EQ(one.positive_class, k);
    EXPECT_EQ(one.chosen->threshold, chosen->threshold);
    const ThresholdOutcome test = at_threshold(a.run.predictions, k, chosen->threshold);
    EXPECT_EQ(one.test->true_positives, test.true_positives);
    EXPECT_EQ(one.test->false_positives, test.false_positives);
  }
  const Dataset two = dataset_with_columns(2);
  const Assessed b = assessed(two, split_of(two), {}, {.sensitivity = {}, .specificity = 0.9});
  ASSERT_EQ(b.assessment.thresholds.size(), 1u);  // of the second class alone
  EXPECT_EQ(b.assessment.thresholds[0].positive_class, 1);
  EXPECT_EQ(b.assessment.thresholds[0].wish, Wish::specificity);
}

TEST(Assessment, ASubgroupIsScoredAsItsRowsAre) {
  const Dataset dataset = dataset_with_columns();
  const Assessed a = assessed(dataset, split_of(dataset), {.subgroups = {"sex", "age"}});
  ASSERT_EQ(a.assessment.subgroups.size(), 2u);
  EXPECT_EQ(a.assessment.subgroups[1].scores.subgroups.size(), 4u);  // quartiles
  const AssessedSubgroups& sex = a.assessment.subgroups[0];
  ASSERT_EQ(sex.scores.subgroups.size(), 3u);
  for (size_t s = 0; s < 3; ++s) {
    const Subgroup& subgroup = sex.scores.subgroups[s];
    std::vector<int32_t> rows;  // places among the test rows
    std::vector<int32_t> test_rows;
    for (size_t i = 0; i < a.split.test.size(); ++i) {
      const auto row = static_cast<size_t>(a.split.test[i]);
      if (dataset.table.find("sex")->values[row] != subgroup.name) continue;
      rows.push_back(static_cast<int32_t>(i));
      test_rows.push_back(a.split.test[i]);
    }
    EXPECT_EQ(subgroup.rows, static_cast<int64_t>(rows.size()));
    if (subgroup.name == "other") {
      ASSERT_LT(subgroup.rows, kSmallestSubgroup);
      EXPECT_FALSE(subgroup.evaluation);
      EXPECT_FALSE(sex.estimates[s]);
      continue;
    }
    Predictions own{Matrix(static_cast<int64_t>(rows.size()), 2), {}};
    for (size_t i = 0; i < rows.size(); ++i) {
      std::ranges::copy(a.run.predictions.probabilities.row_span(rows[i]),
                        own.probabilities.row(static_cast<int64_t>(i)));
      own.label.push_back(a.run.predictions.label[static_cast<size_t>(rows[i])]);
    }
    ASSERT_TRUE(subgroup.evaluation);
    EXPECT_EQ(subgroup.evaluation->macro_f1, evaluate(own).macro_f1);
    EXPECT_EQ(subgroup.evaluation->auc, evaluate(own).auc);
    const EvaluationEstimates estimates = estimate_test(dataset, test_rows, {&own, 1}, 1);
    EXPECT_EQ(sex.estimates[s]->groups, estimates.groups);
    ASSERT_TRUE(estimates.accuracy.interval && sex.estimates[s]->accuracy.interval);
    EXPECT_EQ(sex.estimates[s]->accuracy.interval->low, estimates.accuracy.interval->low);
  }
}

TEST(Assessment, TestRowsCutNoBands) {
  const Dataset dataset = dataset_with_columns();
  const Split split = split_of(dataset);
  std::vector<double> ages;  // of the training rows: 20 to 59
  for (const int32_t row : split.train) ages.push_back(20 + row % 40);
  std::ranges::sort(ages);
  const auto quartile = [&](double share) {  // numpy's
    const double place = share * static_cast<double>(ages.size() - 1);
    const auto below = static_cast<size_t>(place);
    return ages[below] + (place - static_cast<double>(below)) * (ages[below + 1] - ages[below]);
  };
  Dataset changed = dataset;
  for (const int32_t row : split.test) {
    changed.table.columns[4].values[static_cast<size_t>(row)] = std::to_string(60 + row);
  }
  const auto oldest = [&](const Dataset& one) {
    const Assessed a = assessed(one, split, {.subgroups = {"age"}});
    const AssessedSubgroups& age = a.assessment.subgroups[0];
    EXPECT_TRUE(age.from_training);
    EXPECT_EQ(age.rule.cuts, (std::vector<double>{quartile(0.25), quartile(0.5), quartile(0.75)}));
    EXPECT_EQ(age.scores.subgroups.size(), 4u);
    return age.scores.subgroups.back().rows;
  };
  const auto test_rows = static_cast<int64_t>(split.test.size());
  EXPECT_LT(oldest(dataset), test_rows);
  EXPECT_EQ(oldest(changed), test_rows);
}

TEST(Assessment, OneAnswerPerGroupIsTheMeanOverItsRowsOrTheLargest) {
  const Dataset dataset = dataset_with_columns();
  double brier[2] = {};
  for (const Pooling pooling : {Pooling::mean, Pooling::max}) {
    const Assessed a = assessed(dataset, split_of(dataset), {.per_group = pooling});
    std::vector<int32_t> groups;
    for (const int32_t row : a.split.test) {
      groups.push_back(dataset.groups.of_row[static_cast<size_t>(row)]);
    }
    const GroupPredictions pooled =
        pool_groups(a.run.predictions, groups, dataset.groups.names, pooling);
    ASSERT_TRUE(a.assessment.per_group);
    EXPECT_EQ(a.assessment.per_group->pooling, pooling);
    EXPECT_LT(a.assessment.per_group->scores.rows, static_cast<int64_t>(a.split.test.size()));
    EXPECT_EQ(a.assessment.per_group->scores.auc, evaluate(pooled.predictions).auc);
    EXPECT_EQ(a.assessment.per_group->estimates.groups, pooled.predictions.probabilities.rows());
    brier[pooling == Pooling::max] = calibration_of(pooled.predictions).brier;
  }
  EXPECT_NE(brier[0], brier[1]);  // else the two could be mistaken for each other
}

TEST(Assessment, WhatItCannotDoIsSaidBeforeTraining) {
  const Dataset dataset = dataset_with_columns();
  const Split split = split_of(dataset);
  const auto refused = [&](const AssessmentPlan& plan, const Wishes& wishes, const char* part) {
    test::expect_user_error([&] { check_assessment(dataset, split, plan, wishes); }, part);
  };
  refused({.subgroups = {"skin"}}, {}, "no column 'skin' (--subgroups)");
  refused({.subgroups = {"sex", "age", "sex"}}, {}, "names the column 'sex' twice");
  refused({.subgroups = {"empty"}}, {}, "column 'empty' has no value");
  refused({}, {.sensitivity = 0, .specificity = {}}, "--sensitivity 0");
  refused({}, {.sensitivity = {}, .specificity = std::nan("")}, "--specificity nan");
  Dataset mixed = dataset;
  mixed.groups.of_row.assign(mixed.groups.of_row.size(), 0);
  test::expect_user_error([&] { check_assessment(mixed, split, {.per_group = Pooling::mean}, {}); },
                          "have different labels");
  mixed.options.group.reset();
  test::expect_user_error([&] { check_assessment(mixed, split, {.per_group = Pooling::mean}, {}); },
                          "there are no groups");
  Split thin = split;
  std::erase_if(thin.validation,
                [&](int32_t row) { return dataset.labels.of_row[static_cast<size_t>(row)] == 0; });
  test::expect_user_error(
      [&] { check_assessment(dataset, thin, {}, {.sensitivity = 0.9, .specificity = {}}); },
      "class 'a' has no validation rows");
}

TEST(Assessment, AClassWithoutTestRowsHasNoShares) {
  const Dataset dataset = dataset_with_columns();
  Split split = split_of(dataset);
  std::erase_if(split.test,
                [&](int32_t row) { return dataset.labels.of_row[static_cast<size_t>(row)] == 1; });
  const Assessed a = assessed(dataset, split, {}, {.sensitivity = 0.8, .specificity = {}});
  EXPECT_TRUE(std::isnan(a.assessment.thresholds[0].test->sensitivity));
  EXPECT_FALSE(std::isnan(a.assessment.thresholds[0].test->specificity));
  EXPECT_TRUE(std::isnan(a.assessment.calibration.classes[1].in_the_large));
  EXPECT_TRUE(std::isnan(a.run.test.auc));
}

}  // namespace
}  // namespace puente
