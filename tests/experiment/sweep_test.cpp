#include "experiment/sweep.h"

#include <cmath>

#include "support/files.h"
#include "support/made_table.h"

namespace puente {
namespace {

TEST(ParseLambdas, RangeHasBothEndsAndNumbersAPersonWouldWrite) {
  const std::vector<double> lambdas = parse_lambdas("-1:1:0.1");
  ASSERT_EQ(lambdas.size(), 21u);
  EXPECT_EQ(lambdas[0], -1);
  EXPECT_EQ(lambdas[10], 0);
  EXPECT_FALSE(std::signbit(lambdas[10]));
  EXPECT_EQ(lambdas[14], 0.4);  // and not 0.4000000000000001
  EXPECT_EQ(lambdas[20], 1);
}

TEST(ParseLambdas, ListsAndMistakes) {
  EXPECT_EQ(parse_lambdas("0,0.4"), (std::vector<double>{0, 0.4}));
  EXPECT_EQ(parse_lambdas("0.5"), (std::vector<double>{0.5}));
  test::expect_user_error([] { parse_lambdas("abc"); }, "'abc' is not a number");
  test::expect_user_error([] { parse_lambdas("0:1"); }, "from:to:step");
  test::expect_user_error([] { parse_lambdas("0:1:0"); }, "step above 0");
  test::expect_user_error([] { parse_lambdas("1:0:0.1"); }, "from <= to");
  test::expect_user_error([] { parse_lambdas("0,nan"); }, "'nan' is not a number");
  test::expect_user_error([] { parse_lambdas("0,1,0"); }, "twice");
  test::expect_user_error([] { parse_lambdas(""); }, "is not a number");
  test::expect_user_error([] { parse_lambdas("0:1:1e-9"); }, "more than");
}

TEST(Sweep, ACellIsTheRunThatTrainDoes) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  const Split split = make_split(dataset, {.chooser = Chooser::validation, .seed = 5});
  SweepPlan plan;
  plan.base.epochs = 5;
  plan.base.protocol.seed = 5;
  plan.lambdas = {0, 0.4};
  plan.fusions = {FusionKind::early, FusionKind::late};
  plan.seeds = 2;
  plan.threads = 2;
  Silent silent;
  const SweepResult result = sweep(dataset, split, plan, silent);
  ASSERT_EQ(result.cells.size(), 8u);
  for (const SweepCell& cell : result.cells) {
    RunPlan train = plan.base;
    train.fusion = cell.fusion;
    train.align = cell.align;
    train.options.seed = cell.seed;
    train.options.threads = 2;
    const RunResult alone =
        run(dataset, split, align_for(dataset, split, train.protocol.kind, train.align), train, {});
    EXPECT_EQ(cell.chosen_epoch, alone.chosen_epoch);
    EXPECT_EQ(cell.test.confusion, alone.test.confusion);
    EXPECT_EQ(cell.test.auc, alone.test.auc);
    EXPECT_EQ(cell.validation_loss,
              alone.epochs[static_cast<size_t>(alone.chosen_epoch) - 1].validation_loss);
  }
}

TEST(Sweep, ChoosesLambdaByValidationAlone) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  const Split split = make_split(dataset, {.chooser = Chooser::validation});
  SweepPlan plan;
  plan.base.epochs = 3;
  plan.lambdas = parse_lambdas("-1:1:0.5");
  plan.fusions = {FusionKind::late};
  plan.seeds = 2;
  Silent silent;
  const SweepResult result = sweep(dataset, split, plan, silent);
  ASSERT_EQ(result.means.size(), 5u);
  ASSERT_EQ(result.chosen.size(), 1u);
  for (const SweepMean& mean : result.means) {
    EXPECT_LE(mean.validation_macro_f1, result.chosen[0].validation_macro_f1);
  }
  const SweepCell& first = result.cells[0];
  const SweepCell& second = result.cells[1];
  EXPECT_NEAR(result.means[0].test_macro_f1.mean, (first.test.macro_f1 + second.test.macro_f1) / 2,
              1e-12);
  EXPECT_NEAR(result.means[0].test_macro_f1.sd,
              std::abs(first.test.macro_f1 - second.test.macro_f1) / std::sqrt(2.0), 1e-12);
  EXPECT_FALSE(result.means[0].test_quadratic_kappa);
}

TEST(Sweep, OfAnOrdinalLabelHasKappaAndTrainsTheSame) {
  Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  SweepPlan plan;
  plan.base.epochs = 3;
  plan.lambdas = {0.5};
  plan.fusions = {FusionKind::early};
  plan.seeds = 1;
  for (const Protocol protocol : {Protocol::holdout, Protocol::paper}) {
    plan.base.protocol = {.kind = protocol, .chooser = Chooser::validation};
    const Split split = make_split(dataset, plan.base.protocol);
    Silent silent;
    dataset.order.reset();
    const SweepResult without = sweep(dataset, split, plan, silent);
    dataset.order = ClassOrder{{2, 0, 1}};
    const SweepResult with = sweep(dataset, split, plan, silent);
    const SweepCell& cell = with.cells[0];
    EXPECT_EQ(cell.test.confusion, without.cells[0].test.confusion);
    EXPECT_EQ(*cell.test.quadratic_kappa, quadratic_kappa(cell.test.confusion, *dataset.order));
    EXPECT_TRUE(std::isnan(with.means[0].test_macro_f1.sd));
    if (protocol == Protocol::paper) {
      EXPECT_GE(cell.best_quadratic_kappa.value, *cell.test.quadratic_kappa);
      EXPECT_EQ(*with.means[0].test_quadratic_kappa, cell.best_quadratic_kappa.value);
    } else {
      EXPECT_EQ(*with.means[0].test_quadratic_kappa, *cell.test.quadratic_kappa);
      EXPECT_TRUE(cell.validation.quadratic_kappa);
    }
  }
}

}  // namespace
}  // namespace puente
