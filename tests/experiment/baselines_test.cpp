#include "experiment/baselines.h"

#include <algorithm>
#include <cmath>

#include "fusion/trainer.h"
#include "heads/tabular.h"
#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

EmbeddingTable table_with_columns(int64_t classes = 3) {
  EmbeddingTable table =
      test::made_table({.rows = 400, .classes = classes, .noise = 2.5, .seed = 5});
  Column sex{"sex", {}}, age{"age", {}};
  for (int row = 0; row < 400; ++row) {
    sex.values.emplace_back(row % 3 == 0 ? "female" : "male");
    age.values.push_back(std::to_string(20 + row % 40));
  }
  table.columns.insert(table.columns.end(), {sex, age});
  return table;
}

Dataset baselines_dataset(int64_t classes = 3) {
  return make_dataset(table_with_columns(classes), {.label = "dx", .group = "patient"});
}

BaselinesPlan made_plan() {
  BaselinesPlan plan;
  plan.fusion.fusion = FusionKind::late;
  plan.fusion.align = {{{AlignKind::shift, 0.5}}};
  plan.fusion.protocol.chooser = Chooser::validation;
  plan.fusion.epochs = 3;
  plan.seeds = 2;
  plan.heads = {HeadSpec::parse("ridge"), HeadSpec::parse("knn")};
  plan.tabular = {"sex", "age"};
  return plan;
}

Baselines compared(const Dataset& dataset, const Split& split, const BaselinesPlan& plan) {
  Silent silent;
  return compare_baselines(dataset, split, plan, silent);
}

const Contender& find(const Baselines& all, Inputs inputs, std::string_view classifier) {
  const auto found = std::ranges::find_if(all.contenders, [&](const Contender& c) {
    return c.inputs == inputs && c.classifier == classifier;
  });
  EXPECT_NE(found, all.contenders.end()) << name_of(inputs) << " " << classifier;
  return *found;
}

RunResult run_with_seed(const Dataset& dataset, const Split& split, RunPlan plan, uint64_t seed) {
  plan.options.seed = seed;
  return run(dataset, split, align_for(dataset, split, Protocol::holdout, plan.align), plan, {});
}

Predictions mean_of_two(const Dataset& dataset, const Split& split, const RunPlan& plan) {
  return mean_of(std::vector<Predictions>{run_with_seed(dataset, split, plan, 0).predictions,
                                          run_with_seed(dataset, split, plan, 1).predictions});
}

TEST(Baselines, TheReferenceIsTheMeanOfRunsWithItsSeeds) {
  const Dataset dataset = baselines_dataset();
  const BaselinesPlan plan = made_plan();
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines all = compared(dataset, split, plan);
  const Contender& reference = all.contenders.front();
  EXPECT_EQ(reference.inputs, Inputs::both);
  EXPECT_EQ(reference.classifier, "late fusion");
  EXPECT_FALSE(reference.macro_f1);
  const Predictions own = mean_of_two(dataset, split, plan.fusion);
  EXPECT_EQ(reference.test.probabilities, own.probabilities);
  EXPECT_EQ(reference.scores.macro_f1, evaluate(own).macro_f1);
  const Contender& early = find(all, Inputs::both, "early fusion");
  ASSERT_TRUE(early.macro_f1);
  EXPECT_NEAR(early.macro_f1->difference.value, early.scores.macro_f1 - reference.scores.macro_f1,
              1e-12);
  EXPECT_FALSE(std::isnan(early.macro_f1->b.seed_sd));
  // early and late; image and text alone; five kinds of input for each of two heads.
  EXPECT_EQ(all.contenders.size(), 4u + 5u * 2u);
  for (size_t i = 1; i < all.contenders.size(); ++i) {
    EXPECT_GE(all.contenders[i].macro_f1->adjusted_p, all.contenders[i].macro_f1->p);
  }
}

/// p sorted, and Holm's by the book: each times how many are left, never falling.
void expect_holm(std::vector<std::pair<double, double>> p_and_adjusted) {
  std::ranges::sort(p_and_adjusted);
  double least = 0;
  for (size_t i = 0; i < p_and_adjusted.size(); ++i) {
    const auto& [p, adjusted] = p_and_adjusted[i];
    least = std::max(least, std::min(1.0, static_cast<double>(p_and_adjusted.size() - i) * p));
    EXPECT_NEAR(adjusted, least, 1e-12);
  }
}

TEST(Baselines, AreasAreComparedByTheBootstrapAndByDelong) {
  for (const int64_t classes : {2, 3}) {
    EmbeddingTable table = test::made_table({.rows = 800, .classes = classes, .noise = 6});
    const Dataset dataset = make_dataset(std::move(table), {.label = "dx", .group = "patient"});
    BaselinesPlan plan = made_plan();
    plan.tabular.clear();
    const Split split = make_split(dataset, plan.fusion.protocol);
    const Baselines all = compared(dataset, split, plan);
    const Contender& first = all.contenders.front();
    EXPECT_TRUE(!first.auc && first.delong.empty());
    const std::vector<int32_t> groups = labels_at(dataset.groups.of_row, split.test);
    std::vector<std::pair<double, double>> auc, delong;
    for (size_t i = 1; i < all.contenders.size(); ++i) {
      const Contender& one = all.contenders[i];
      EXPECT_NEAR(one.auc->difference.value, one.scores.auc - first.scores.auc, 1e-12);
      auc.emplace_back(one.auc->p, one.auc->adjusted_p);
      ASSERT_EQ(one.delong.size(), classes == 2 ? 1u : 3u);
      for (size_t t = 0; t < one.delong.size(); ++t) {
        const AucTest& test = one.delong[t];
        EXPECT_EQ(test.positive, classes == 2 ? 1 : static_cast<int32_t>(t));
        const auto k = static_cast<size_t>(test.positive);
        EXPECT_NEAR(test.difference, one.scores.classes[k].auc - first.scores.classes[k].auc,
                    1e-12);
        EXPECT_EQ(test.p, delong_test(first.test, one.test, test.positive, groups).p);
        ASSERT_TRUE(has_enough_groups(test));
        delong.emplace_back(test.p, test.adjusted_p);
      }
      if (classes != 2) continue;
      // Two ways to the same standard error.
      EXPECT_NEAR(one.delong[0].standard_error / one.auc->difference.standard_error, 1, 0.25);
    }
    expect_holm(auc);
    expect_holm(delong);
  }
}

TEST(Baselines, OneHalfIsTrainedAsATableOfItAlone) {
  const Dataset dataset = baselines_dataset();
  const BaselinesPlan plan = made_plan();
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines all = compared(dataset, split, plan);
  RunPlan alone = plan.fusion;
  alone.align = {{{AlignKind::normalise, 0}}};
  Dataset image = dataset, text = dataset;
  image.table.text = Matrix();
  text.table.image = Matrix();
  EXPECT_EQ(find(all, Inputs::image, "the paper's head").test.probabilities,
            mean_of_two(image, split, alone).probabilities);
  EXPECT_EQ(find(all, Inputs::text, "the paper's head").test.probabilities,
            mean_of_two(text, split, alone).probabilities);
}

TEST(Baselines, HeadsAreThoseOfTheSameRows) {
  const Dataset dataset = baselines_dataset();
  const BaselinesPlan plan = made_plan();
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines all = compared(dataset, split, plan);
  const auto expect_head = [&](Inputs inputs, MatrixView<const float> features) {
    for (const HeadSpec& spec : plan.heads) {
      const auto head =
          fit_head({features, dataset.labels.of_row, 3, split.train, split.validation}, spec);
      const Contender& contender = find(all, inputs, spec.text());
      EXPECT_EQ(contender.test.probabilities, head->probabilities(features, split.test));
      EXPECT_EQ(contender.chosen, head->chosen());
    }
  };
  const AlignedTable both = align_for(dataset, split, Protocol::holdout, plan.fusion.align);
  expect_head(Inputs::both, both.features);
  Dataset image = dataset, text = dataset;
  image.table.text = Matrix();
  text.table.image = Matrix();
  const AlignSpec normalise{{{AlignKind::normalise, 0}}};
  const Matrix images = align_for(image, split, Protocol::holdout, normalise).features;
  expect_head(Inputs::image, images);
  expect_head(Inputs::text, align_for(text, split, Protocol::holdout, normalise).features);
  const std::vector<Column> columns = {*dataset.table.find("sex"), *dataset.table.find("age")};
  const Matrix tabular = TabularFeatures(columns, split.train, "t").apply(columns, "t");
  expect_head(Inputs::tabular, tabular);
  Matrix joined(tabular.rows(), images.cols() + tabular.cols());
  for (int64_t i = 0; i < joined.rows(); ++i) {
    std::ranges::copy(images.row_span(i), joined.row(i));
    std::ranges::copy(tabular.row_span(i), joined.row(i) + images.cols());
  }
  expect_head(Inputs::image_and_tabular, joined);
}

TEST(Baselines, TestLabelsChooseNothing) {
  const Dataset dataset = baselines_dataset();
  const BaselinesPlan plan = made_plan();
  const Split split = make_split(dataset, plan.fusion.protocol);
  Dataset changed = dataset;
  for (const int32_t row : split.test) {
    auto& label = changed.labels.of_row[static_cast<size_t>(row)];
    label = (label + 1) % 3;
  }
  const Baselines a = compared(dataset, split, plan), b = compared(changed, split, plan);
  ASSERT_EQ(a.contenders.size(), b.contenders.size());
  for (size_t i = 0; i < a.contenders.size(); ++i) {
    EXPECT_EQ(a.contenders[i].chosen, b.contenders[i].chosen);
    EXPECT_EQ(a.contenders[i].test.probabilities, b.contenders[i].test.probabilities);
  }
}

TEST(Baselines, AnAbsentHalfIsItsMeanOverTheTrainingRows) {
  const Dataset dataset = baselines_dataset();
  BaselinesPlan plan = made_plan();
  plan.heads.clear();
  plan.tabular.clear();
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines all = compared(dataset, split, plan);
  const AlignedTable aligned = align_for(dataset, split, Protocol::holdout, plan.fusion.align);
  const auto by_hand = [&](int64_t first, int64_t count) {
    Matrix features = aligned.features;
    for (int64_t j = first; j < first + count; ++j) {
      double sum = 0;
      for (const int32_t row : split.train) sum += aligned.features(row, j);
      for (const int32_t row : split.test) {
        features(row, j) = static_cast<float>(sum / static_cast<double>(split.train.size()));
      }
    }
    std::vector<Predictions> seeds;
    for (const uint64_t seed : {0, 1}) {
      const RunResult result = run_with_seed(dataset, split, plan.fusion, seed);
      Predictions& one = seeds.emplace_back();
      one.label = result.predictions.label;
      predict_probabilities(result.weights, features.view(), split.test, 1, one.probabilities);
    }
    return evaluate(mean_of(seeds));
  };
  ASSERT_TRUE(all.without_image && all.without_text);
  EXPECT_EQ(all.without_image->accuracy, by_hand(0, aligned.image_dim).accuracy);
  EXPECT_NEAR(all.without_image->auc, by_hand(0, aligned.image_dim).auc, 1e-9);
  EXPECT_NEAR(all.without_text->auc, by_hand(aligned.image_dim, aligned.text_dim).auc, 1e-9);
}

TEST(Baselines, TheLearningCurveEndsWithAllTrainingRows) {
  const Dataset dataset = baselines_dataset();
  BaselinesPlan plan = made_plan();
  plan.heads.clear();
  plan.seeds = 1;
  plan.learning_curve = true;
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines all = compared(dataset, split, plan);
  ASSERT_EQ(all.curve.size(), 6u);
  EXPECT_EQ(all.curve.back().share, 1.0);
  EXPECT_EQ(all.curve.back().rows, static_cast<int64_t>(split.train.size()));
  const RunResult whole = run_with_seed(dataset, split, plan.fusion, 0);
  EXPECT_EQ(all.curve.back().scores.macro_f1, whole.test.macro_f1);
  EXPECT_EQ(all.curve.back().scores.auc, whole.test.auc);
  for (size_t i = 1; i < 6; ++i) EXPECT_LE(all.curve[i - 1].groups, all.curve[i].groups);
}

TEST(Baselines, OneHalfAloneIsTheReference) {
  for (const bool has_image : {true, false}) {
    EmbeddingTable table = table_with_columns(2);
    (has_image ? table.text : table.image) = Matrix();
    const Dataset dataset = make_dataset(std::move(table), {.label = "dx", .group = "patient"});
    BaselinesPlan plan = made_plan();
    const Split split = make_split(dataset, plan.fusion.protocol);
    test::expect_user_error([&] { check_baselines(dataset, split, plan); },
                            has_image ? "the table has only images" : "the table has only texts");
    plan.fusion.align = {};
    const Baselines all = compared(dataset, split, plan);
    EXPECT_EQ(all.contenders.front().inputs, has_image ? Inputs::image : Inputs::text);
    EXPECT_EQ(all.contenders.front().test.probabilities,
              mean_of_two(dataset, split, plan.fusion).probabilities);
    EXPECT_FALSE(all.without_image || all.without_text);
    // The reference; two heads on the half, the columns, and an image with the columns.
    EXPECT_EQ(all.contenders.size(), has_image ? 7u : 5u);
  }
}

TEST(Baselines, FewTestGroupsGiveNoPAndNoInterval) {
  const Dataset dataset = baselines_dataset();
  BaselinesPlan plan = made_plan();
  plan.tabular.clear();
  Split split = make_split(dataset, plan.fusion.protocol);
  split.test.resize(15);
  const Baselines all = compared(dataset, split, plan);
  for (size_t i = 1; i < all.contenders.size(); ++i) {
    for (const std::optional<Difference>& one :
         {all.contenders[i].macro_f1, all.contenders[i].auc}) {
      EXPECT_FALSE(one->difference.interval);
      EXPECT_TRUE(std::isnan(one->p));
      EXPECT_TRUE(std::isnan(one->adjusted_p));
    }
    for (const AucTest& test : all.contenders[i].delong) {
      EXPECT_FALSE(has_enough_groups(test));
      EXPECT_TRUE(std::isnan(test.adjusted_p));
    }
  }
}

TEST(Baselines, ThreadsDoNotMatter) {
  const Dataset dataset = baselines_dataset();
  BaselinesPlan plan = made_plan();
  plan.learning_curve = true;
  const Split split = make_split(dataset, plan.fusion.protocol);
  const Baselines one = compared(dataset, split, plan);
  plan.fusion.options.threads = 3;
  const Baselines three = compared(dataset, split, plan);
  for (size_t i = 0; i < one.contenders.size(); ++i) {
    EXPECT_EQ(one.contenders[i].test.probabilities, three.contenders[i].test.probabilities);
    if (i == 0) continue;
    EXPECT_EQ(one.contenders[i].macro_f1->p, three.contenders[i].macro_f1->p);
  }
  EXPECT_EQ(one.without_text->auc, three.without_text->auc);
  EXPECT_EQ(one.curve[2].scores.auc, three.curve[2].scores.auc);
}

TEST(Baselines, ColumnsThatWouldLeakOrRepeatAreRefused) {
  const Dataset dataset = baselines_dataset();
  BaselinesPlan plan = made_plan();
  const Split split = make_split(dataset, plan.fusion.protocol);
  const auto refused = [&](const std::vector<std::string>& columns, const char* part) {
    plan.tabular = columns;
    test::expect_user_error([&] { check_baselines(dataset, split, plan); }, part);
  };
  refused({"skin"}, "no column 'skin' (--tabular)");
  refused({"sex", "sex"}, "names the column 'sex' twice");
  refused({"sex", "dx"}, "that is the label itself");
  refused({"patient"}, "that is the group");
  refused({"id"}, "leave out ids");
}

}  // namespace
}  // namespace puente
