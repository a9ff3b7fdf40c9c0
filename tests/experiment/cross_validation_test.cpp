#include "experiment/cross_validation.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "support/made_table.h"

namespace puente {
namespace {

Dataset folds_dataset() {
  return make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
}

TEST(CrossValidation, EachRunIsThatOfItsSplitAndRowsArePooled) {
  const Dataset dataset = folds_dataset();
  RunPlan plan{.align = {{{AlignKind::shift, 0.3}}},
               .protocol = ProtocolOptions::parse("kfold:3x2"),
               .epochs = 3};
  plan.options.threads = 2;
  Silent silent;
  const CrossValidation all =
      cross_validate(dataset, make_splits(dataset, plan.protocol), plan, silent);
  ASSERT_EQ(all.runs.size(), 6u);
  ASSERT_EQ(all.repeats.size(), 2u);
  const Split& split = all.splits[4].split;
  const RunResult alone =
      run(dataset, split, align_for(dataset, split, plan.protocol.kind, plan.align), plan, {});
  EXPECT_EQ(all.runs[4].predictions.probabilities, alone.predictions.probabilities);
  EXPECT_EQ(all.runs[4].chosen_epoch, alone.chosen_epoch);
  for (const PooledTest& pooled : all.repeats) {
    EXPECT_EQ(pooled.rows, first_numbers(dataset.labels.of_row.size()));
    EXPECT_EQ(pooled.predictions.label, dataset.labels.of_row);
    EXPECT_EQ(pooled.scores.rows, dataset.rows());
  }
  // A row's pooled probabilities are those of the split that scored it.
  for (size_t i = 0; i < split.test.size(); ++i) {
    const auto row = static_cast<size_t>(split.test[i]);
    EXPECT_EQ(all.repeats[1].split[row], 4);
    EXPECT_TRUE(std::ranges::equal(
        all.repeats[1].predictions.probabilities.row_span(static_cast<int64_t>(row)),
        alone.predictions.probabilities.row_span(static_cast<int64_t>(i))));
  }
}

TEST(CrossValidation, ThreadsDoNotMatter) {
  const Dataset dataset = folds_dataset();
  RunPlan plan{.protocol = ProtocolOptions::parse("kfold:3"), .epochs = 2};
  Silent silent;
  const CrossValidation one =
      cross_validate(dataset, make_splits(dataset, plan.protocol), plan, silent);
  plan.options.threads = 5;
  const CrossValidation five =
      cross_validate(dataset, make_splits(dataset, plan.protocol), plan, silent);
  EXPECT_EQ(one.repeats[0].predictions.probabilities, five.repeats[0].predictions.probabilities);
}

}  // namespace
}  // namespace puente
