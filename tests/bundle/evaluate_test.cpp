#include "bundle/evaluate.h"

#include <cmath>
#include <gtest/gtest.h>

#include "support/files.h"
#include "trained.h"

namespace puente {
namespace {

/// Those rows of a table, in their order.
EmbeddingTable rows_of(const EmbeddingTable& table, const std::vector<int32_t>& rows) {
  EmbeddingTable some;
  some.source = "other.csv";
  some.image = Matrix(static_cast<int64_t>(rows.size()), table.image.cols());
  some.text = Matrix(static_cast<int64_t>(rows.size()), table.text.cols());
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(table.image.row_span(rows[i]), some.image.row(static_cast<int64_t>(i)));
    std::ranges::copy(table.text.row_span(rows[i]), some.text.row(static_cast<int64_t>(i)));
  }
  for (const Column& column : table.columns) {
    Column& own = some.columns.emplace_back(Column{column.name, {}});
    for (const int32_t row : rows) own.values.push_back(column.values[static_cast<size_t>(row)]);
  }
  return some;
}

const DatasetOptions kOptions{.label = "dx", .group = "patient"};

void expect_same(const Estimate& a, const Estimate& b) {
  EXPECT_EQ(a.value, b.value);
  ASSERT_TRUE(a.interval && b.interval);
  EXPECT_EQ(a.interval->low, b.interval->low);
  EXPECT_EQ(a.interval->high, b.interval->high);
}

TEST(Evaluate, TheTestRowsOfTrainingGiveTheFiguresOfTraining) {
  for (const char* align : {"none", "shift:0.4"}) {
    const test::Trained t = test::train_one(align, FusionKind::early, {.rows = 600, .noise = 3});
    const Bundle bundle = t.bundle();
    const Dataset other = dataset_for(bundle, rows_of(t.dataset.table, t.split.test), kOptions);
    const AssessmentPlan plan{.subgroups = {"dx"}, .per_group = Pooling::mean};
    const BundleEvaluation e = evaluate_bundle(bundle, other, plan);
    EXPECT_EQ(e.predictions.label, t.result.predictions.label);
    const Matrix& a = e.predictions.probabilities;
    const Matrix& b = t.result.predictions.probabilities;
    ASSERT_EQ(a.size(), b.size());
    EXPECT_TRUE(std::equal(a.data(), a.data() + a.size(), b.data()));
    EXPECT_EQ(e.scores.accuracy, t.result.test.accuracy);
    EXPECT_EQ(e.scores.macro_f1, t.result.test.macro_f1);
    EXPECT_EQ(e.scores.auc, t.result.test.auc);
    EXPECT_EQ(e.scores.confusion, t.result.test.confusion);
    const EvaluationEstimates trained =
        estimate_test(t.dataset, t.split.test, {&t.result.predictions, 1}, 1);
    expect_same(e.estimates.accuracy, trained.accuracy);
    expect_same(e.estimates.auc, trained.auc);
    expect_same(e.estimates.classes[1].recall, trained.classes[1].recall);
    const Assessment before =
        assess(t.dataset, {t.split.test, t.result.predictions}, t.fitted, plan);
    EXPECT_EQ(e.assessment.calibration.brier, before.calibration.brier);
    ASSERT_TRUE(e.assessment.tempered);
    EXPECT_EQ(e.assessment.tempered->expected_error, before.tempered->expected_error);
    ASSERT_EQ(e.assessment.thresholds.size(), 6u);
    EXPECT_EQ(e.assessment.thresholds[0].test->true_positives,
              before.thresholds[0].test->true_positives);
    EXPECT_EQ(e.assessment.per_group->scores.accuracy, before.per_group->scores.accuracy);
    EXPECT_EQ(e.assessment.subgroups[0].scores.subgroups[1].evaluation->accuracy,
              before.subgroups[0].scores.subgroups[1].evaluation->accuracy);
    EXPECT_TRUE(e.absent.empty());
    EXPECT_LT(e.image_drift->shift, 2 * e.image_drift->sampling);
    EXPECT_LT(e.text_drift->shift, 2 * e.text_drift->sampling);
  }
}

TEST(Evaluate, SubgroupsAreThoseOfTrainingAndKappaIsShownWithoutBeingAskedFor) {
  test::Trained t = test::train_one();
  Column age{"age", {}};
  for (int row = 0; row < 240; ++row) age.values.push_back(std::to_string(row));
  t.dataset.table.columns.push_back(age);
  t.dataset.order = ClassOrder{{2, 0, 1}};
  t.fitted.subgroups = {{"age", {100, 150}}};
  const Bundle bundle = t.bundle();
  const EmbeddingTable table = rows_of(t.dataset.table, first_numbers(200));
  const Dataset other = dataset_for(bundle, table, kOptions);
  const BundleEvaluation e = evaluate_bundle(bundle, other, {.subgroups = {"age"}});
  const AssessedSubgroups& ages = e.assessment.subgroups[0];
  EXPECT_TRUE(ages.from_training);
  ASSERT_EQ(ages.scores.subgroups.size(), 3u);
  EXPECT_EQ(ages.scores.subgroups[0].name, "< 100");
  EXPECT_EQ(ages.scores.subgroups[2].rows, 50);
  ASSERT_TRUE(e.scores.quadratic_kappa && e.estimates.quadratic_kappa);
  EXPECT_EQ(*e.scores.quadratic_kappa, quadratic_kappa(e.scores.confusion, *t.dataset.order));
  EXPECT_EQ(e.estimates.quadratic_kappa->value, *e.scores.quadratic_kappa);
  EXPECT_EQ(*ages.scores.subgroups[2].evaluation->quadratic_kappa,
            quadratic_kappa(ages.scores.subgroups[2].evaluation->confusion, *t.dataset.order));

  // Said here, it is as said; and bands that the bundle does not have are of these rows.
  DatasetOptions options = kOptions;
  options.ordinal = std::vector<std::string>{"a", "b", "c"};
  Bundle without = bundle;
  without.fitted.subgroups.clear();
  const BundleEvaluation own =
      evaluate_bundle(without, dataset_for(without, table, options), {.subgroups = {"age"}});
  EXPECT_EQ(*own.scores.quadratic_kappa,
            quadratic_kappa(e.scores.confusion, ClassOrder{{0, 1, 2}}));
  EXPECT_FALSE(own.assessment.subgroups[0].from_training);
  EXPECT_EQ(own.assessment.subgroups[0].rule.cuts, (std::vector<double>{49.75, 99.5, 149.25}));
  options.ordinal = std::vector<std::string>{"a", "b"};
  test::expect_user_error([&] { dataset_for(bundle, table, options); }, "class 'c'");
}

TEST(Evaluate, NothingIsFittedToTheRows) {
  // A row's probabilities do not depend on which rows lie beside it.
  const test::Trained t = test::train_one("shift:0.4");
  const Bundle bundle = t.bundle();
  const Dataset all = dataset_for(bundle, rows_of(t.dataset.table, first_numbers(240)), kOptions);
  const Dataset few = dataset_for(bundle, rows_of(t.dataset.table, {200, 7}), kOptions);
  const Predictions a = evaluate_bundle(bundle, all, {}).predictions;
  const Predictions b = evaluate_bundle(bundle, few, {}).predictions;
  for (int64_t k = 0; k < 3; ++k) {
    EXPECT_EQ(a.probabilities(200, k), b.probabilities(0, k));
    EXPECT_EQ(a.probabilities(7, k), b.probabilities(1, k));
  }
}

TEST(Evaluate, LabelsAreMappedByNameAndAbsentClassesAreSaid) {
  const test::Trained t = test::train_one();
  const Bundle bundle = t.bundle();
  std::vector<int32_t> rows;  // of the classes b and c
  for (int32_t i = 0; i < 240; ++i) {
    if (t.dataset.labels.of_row[static_cast<size_t>(i)] != 0) rows.push_back(i);
  }
  const Dataset other = dataset_for(bundle, rows_of(t.dataset.table, rows), kOptions);
  EXPECT_EQ(other.labels.names, bundle.classes);
  EXPECT_EQ(other.labels.of_row[0], t.dataset.labels.of_row[static_cast<size_t>(rows[0])]);
  const BundleEvaluation e = evaluate_bundle(bundle, other, {});
  EXPECT_EQ(e.absent, std::vector<std::string>{"a"});
  EXPECT_TRUE(std::isnan(e.scores.auc));
  EXPECT_GT(e.scores.accuracy, 0.5);
}

TEST(Evaluate, AnUnknownLabelIsNamedWithItsRow) {
  const test::Trained t = test::train_one();
  const Bundle bundle = t.bundle();
  EmbeddingTable table = rows_of(t.dataset.table, first_numbers(240));
  table.columns[2].values[17] = "vasc";
  test::expect_user_error([&] { dataset_for(bundle, table, kOptions); },
                          "other.csv: row 18: 'vasc' in column 'dx' is none of the bundle's "
                          "classes (a, b, c)");
  test::expect_user_error([&] { dataset_for(bundle, table, {.label = "diagnosis", .group = {}}); },
                          "no column 'diagnosis'");
  table.columns[2].values[17] = "";
  test::expect_user_error([&] { dataset_for(bundle, table, kOptions); }, "row 18 has no value");
}

TEST(Evaluate, VectorsOfOtherWidthsAreRefused) {
  const test::Trained t = test::train_one();
  const Bundle bundle = t.bundle();
  EmbeddingTable table = rows_of(t.dataset.table, first_numbers(240));
  EXPECT_TRUE(check_vectors(bundle, table, t.recipes).empty());
  EXPECT_EQ(check_vectors(bundle, table, {}).size(), 2u);
  table.image = Matrix(240, 15);
  test::expect_user_error([&] { check_vectors(bundle, table, t.recipes); },
                          "other.csv: its image vectors are 15 wide, and the bundle's were 16");
  table.image = Matrix(240, 16);
  table.text = Matrix();
  test::expect_user_error([&] { check_vectors(bundle, table, t.recipes); }, "no text vectors");
}

TEST(Evaluate, AShiftedTableDrifts) {
  const test::Trained t = test::train_one();
  const Bundle bundle = t.bundle();
  EmbeddingTable table = rows_of(t.dataset.table, first_numbers(240));
  for (int64_t i = 0; i < table.text.size(); ++i) table.text.data()[i] += 5;
  const BundleEvaluation e = evaluate_bundle(bundle, dataset_for(bundle, table, kOptions), {});
  EXPECT_LT(e.image_drift->shift, 2 * e.image_drift->sampling);
  EXPECT_GT(e.text_drift->shift, 1);
}

}  // namespace
}  // namespace puente
