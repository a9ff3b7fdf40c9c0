#include "experiment/sweep.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

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

Dataset sweep_dataset() {
  return make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
}

SweepPlan small_sweep(std::vector<AlignFamily> methods) {
  SweepPlan plan;
  plan.base.epochs = 3;
  plan.base.protocol.chooser = Chooser::validation;
  plan.methods = std::move(methods);
  plan.lambdas = {0, 0.4};
  plan.fusions = {FusionKind::early, FusionKind::late};
  plan.seeds = 2;
  plan.threads = 2;
  return plan;
}

std::vector<AlignFamily> families(const std::string& text) { return parse_alignments(text); }

TEST(ParseAlignments, NamesEachOnceAndBaselinesComeFirst) {
  const std::vector<AlignFamily> all =
      with_baselines(families("noise:0.1+shift,centre,procrustes"));
  std::vector<std::string> names;
  for (const AlignFamily& one : all) names.push_back(one.name());
  EXPECT_EQ(names, (std::vector<std::string>{"none", "normalise", "centre", "noise:0.1+shift",
                                             "procrustes"}));
  test::expect_user_error([] { parse_alignments("shift,shift"); }, "twice");
  test::expect_user_error([] { parse_alignments("shift,nonsense"); }, "no method 'nonsense'");
  test::expect_user_error([] { parse_alignments(""); }, "no method ''");
}

TEST(Sweep, ACellIsTheRunThatTrainDoes) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(families("shift,procrustes"));
  plan.base.epochs = 5;
  plan.base.protocol.seed = 5;
  const Split split = make_split(dataset, plan.base.protocol);
  Silent silent;
  const SweepResult result = sweep(dataset, split, plan, silent);
  ASSERT_EQ(result.cells.size(), 12u);
  for (const SweepCell& cell : result.cells) {
    RunPlan train = plan.base;
    train.fusion = cell.fusion;
    train.align = cell.align;
    train.options.seed = cell.seed;
    train.options.threads = 2;
    const RunResult alone =
        run(dataset, split, align_for(dataset, split, train.protocol.kind, train.align), train, {});
    EXPECT_EQ(cell.chosen_epoch, alone.chosen_epoch);
    EXPECT_EQ(cell.test.macro_f1, alone.test.macro_f1);
    EXPECT_EQ(cell.test.auc, alone.test.auc);
    EXPECT_EQ(cell.validation_loss,
              alone.epochs[static_cast<size_t>(alone.chosen_epoch) - 1].validation_loss);
    for (const SweepChoice& choice : result.choices) {
      if (choice.align != cell.align || choice.fusion != cell.fusion) continue;
      EXPECT_EQ(choice.probabilities[cell.seed], alone.predictions.probabilities);
    }
  }
}

TEST(Sweep, ChoosesLambdaByValidationAlone) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(families("shift"));
  plan.lambdas = parse_lambdas("-1:1:0.5");
  plan.fusions = {FusionKind::late};
  const Split split = make_split(dataset, plan.base.protocol);
  Silent silent;
  const SweepResult result = sweep(dataset, split, plan, silent);
  ASSERT_EQ(result.means.size(), 5u);
  ASSERT_EQ(result.chosen.size(), 1u);
  ASSERT_EQ(result.choices.size(), 1u);
  EXPECT_EQ(result.choices[0].align, result.chosen[0].align);
  for (const SweepMean& mean : result.means) {
    EXPECT_LE(mean.validation_macro_f1, result.chosen[0].validation_macro_f1);
    // Of equal ones the smallest |lambda|.
    if (mean.validation_macro_f1 == result.chosen[0].validation_macro_f1) {
      EXPECT_GE(std::abs(*mean.lambda), std::abs(*result.chosen[0].lambda));
    }
  }
  const SweepCell& first = result.cells[0];
  const SweepCell& second = result.cells[1];
  EXPECT_NEAR(result.means[0].test_macro_f1.mean, (first.test.macro_f1 + second.test.macro_f1) / 2,
              1e-12);
  EXPECT_NEAR(result.means[0].test_macro_f1.sd,
              std::abs(first.test.macro_f1 - second.test.macro_f1) / std::sqrt(2.0), 1e-12);
  EXPECT_FALSE(result.means[0].test_quadratic_kappa);
}

TEST(Sweep, OfEqualLambdasTheSmallestIsChosen) {
  Dataset dataset = sweep_dataset();
  // All vectors are alike: every training ends with the same score.
  for (Matrix* half : {&dataset.table.image, &dataset.table.text}) {
    for (int64_t i = 0; i < half->rows(); ++i)
      std::copy_n(half->row(0), half->cols(), half->row(i));
  }
  SweepPlan plan = small_sweep(families("shift"));
  plan.lambdas = {-1, -0.5, 0.25, 1};
  Silent silent;
  const SweepResult result = sweep(dataset, make_split(dataset, plan.base.protocol), plan, silent);
  for (const SweepMean& chosen : result.chosen) EXPECT_EQ(*chosen.lambda, 0.25);
}

TEST(Sweep, MethodsWithoutLambdaRunOnceAndRegularisedLateOnly) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(with_baselines(families("shift,procrustes,shift+regularised:1")));
  std::vector<std::string> texts;
  for (const SweepCandidate& one : candidates_of(dataset, plan)) {
    texts.push_back(std::string(name_of(one.fusion)) + " " + one.align.text());
  }
  const std::vector<std::string> both = {"none",    "normalise", "centre",
                                         "shift:0", "shift:0.4", "procrustes"};
  std::vector<std::string> expected;
  for (const std::string& one : both) expected.push_back("early " + one);
  for (const std::string& one : both) expected.push_back("late " + one);
  expected.push_back("late shift:0+regularised:1");
  expected.push_back("late shift:0.4+regularised:1");
  EXPECT_EQ(texts, expected);
  EXPECT_EQ(left_out_of(plan), (std::vector<std::string>{"shift+regularised:1 with early fusion"}));
  plan.methods = with_baselines(families("regularised:1"));
  plan.fusions = {FusionKind::early};
  test::expect_user_error([&] { candidates_of(dataset, plan); }, "give --fusion late");
}

TEST(Sweep, OfTwoSizesIsInterpolatedAndWhatCannotBeFittedIsSaidFirst) {
  const Dataset dataset = make_dataset(test::made_table({.text_dim = 12, .noise = 3}),
                                       {.label = "dx", .group = "patient"});
  SweepPlan plan = small_sweep(families("shift"));
  EXPECT_EQ(candidates_of(dataset, plan)[1].align.text(), "shift-interpolated:0.4");
  const auto splits = make_splits(dataset, plan.base.protocol);
  const SweepEstimate estimate = estimate_sweep(dataset, splits, plan);
  EXPECT_EQ(estimate.trainings, 8);
  EXPECT_GT(estimate.seconds, 0);
  plan.methods = families("shift,procrustes");
  test::expect_user_error([&] { estimate_sweep(dataset, splits, plan); }, "procrustes");
}

/// Stops a sweep after some trainings, as Ctrl-C does.
class Impatient : public Silent {
 public:
  explicit Impatient(int64_t patience) : patience_(patience) {}
  void advance(int64_t units) override {
    done_ += units;
    if (done_ >= patience_) throw Interrupted();
  }
  int64_t done() const { return done_; }

 private:
  const int64_t patience_;
  int64_t done_ = 0;
};

void expect_same(const SweepResult& a, const SweepResult& b) {
  ASSERT_EQ(a.cells.size(), b.cells.size());
  for (size_t i = 0; i < a.cells.size(); ++i) {
    EXPECT_EQ(a.cells[i].chosen_epoch, b.cells[i].chosen_epoch);
    EXPECT_EQ(a.cells[i].validation, b.cells[i].validation);
    EXPECT_EQ(a.cells[i].validation_loss, b.cells[i].validation_loss);
    EXPECT_EQ(a.cells[i].test, b.cells[i].test);
  }
  ASSERT_EQ(a.choices.size(), b.choices.size());
  for (size_t i = 0; i < a.choices.size(); ++i) {
    EXPECT_EQ(a.choices[i].align, b.choices[i].align);
    EXPECT_EQ(a.choices[i].probabilities, b.choices[i].probabilities);
  }
}

TEST(Sweep, GoesOnWhereItWasStopped) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(families("none,shift"));
  plan.lambdas = {-0.5, 0, 0.5};
  const auto splits = make_splits(dataset, plan.base.protocol);
  SweepBook none;
  Silent silent;
  const SweepResult whole = sweep(dataset, splits, plan, none, silent);
  test::TemporaryFolder folder;
  const std::string identity = sweep_identity(dataset, splits, plan);
  for (const int64_t patience : {1, 6, 4}) {
    {
      SweepBook book(folder / "book", identity);
      Impatient impatient(patience);
      EXPECT_THROW(sweep(dataset, splits, plan, book, impatient), Interrupted);
    }
    // And the last line cut off, as a full disk or a power cut may leave it.
    folder.file("book/trainings.jsonl",
                test::read_text(folder / "book/trainings.jsonl") + "{\"key\": \"hold");
  }
  SweepBook book(folder / "book", identity);
  EXPECT_GE(book.found(), 11u);
  EXPECT_FALSE(book.replaced_another());
  Impatient counting(1000);
  expect_same(sweep(dataset, splits, plan, book, counting), whole);
  EXPECT_EQ(counting.done(), 16 - static_cast<int64_t>(book.found()));
  book.finish();
  EXPECT_FALSE(std::filesystem::exists(folder / "book"));
}

TEST(Sweep, ABookWhosePredictionsAreLostIsMendedAndAnotherIsErased) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(families("shift"));
  const auto splits = make_splits(dataset, plan.base.protocol);
  test::TemporaryFolder folder;
  Silent silent;
  SweepBook first(folder / "book", "one");
  const SweepResult whole = sweep(dataset, splits, plan, first, silent);
  size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "book")) {
    if (entry.path().extension() != ".bin") continue;
    ++kept;
    std::filesystem::remove(entry.path());
  }
  EXPECT_EQ(kept, 4u);  // of 8 trainings: what cannot be chosen any more is let go
  SweepBook second(folder / "book", "one");
  EXPECT_EQ(second.found(), 8u);
  expect_same(sweep(dataset, splits, plan, second, silent), whole);
  const SweepBook third(folder / "book", "another");
  EXPECT_TRUE(third.replaced_another());
  EXPECT_EQ(third.found(), 0u);
}

TEST(Sweep, IdentityKnowsTheTableAndTheOptions) {
  const Dataset dataset = sweep_dataset();
  const SweepPlan plan = small_sweep(families("shift"));
  const auto splits = make_splits(dataset, plan.base.protocol);
  const std::string identity = sweep_identity(dataset, splits, plan);
  EXPECT_EQ(sweep_identity(dataset, splits, plan), identity);
  Dataset other = dataset;
  other.table.text(3, 2) += 1e-3f;
  EXPECT_NE(sweep_identity(other, splits, plan), identity);
  SweepPlan longer = plan;
  ++longer.base.epochs;
  EXPECT_NE(sweep_identity(dataset, splits, longer), identity);
  SweepPlan threads = plan;
  threads.threads = 1;
  EXPECT_EQ(sweep_identity(dataset, splits, threads), identity);
  EXPECT_NE(sweep_identity(dataset,
                           make_splits(dataset, {.chooser = Chooser::validation, .seed = 1}), plan),
            identity);
}

TEST(Sweep, OfFoldsChoosesInEachAndLeavesNoRowOut) {
  const Dataset dataset = sweep_dataset();
  SweepPlan plan = small_sweep(with_baselines(families("shift")));
  plan.base.protocol = ProtocolOptions::parse("kfold:3");
  plan.base.protocol.chooser = Chooser::validation;
  const auto splits = make_splits(dataset, plan.base.protocol);
  SweepBook none;
  Silent silent;
  const SweepResult result = sweep(dataset, splits, plan, none, silent);
  EXPECT_EQ(result.cells.size(), 3u * 2 * 5 * 2);
  EXPECT_EQ(result.means.size(), 10u);
  EXPECT_EQ(result.chosen.size(), 8u);
  ASSERT_EQ(result.choices.size(), 24u);
  for (size_t s = 0; s < 3; ++s) {
    const SweepResult alone = sweep(dataset, splits[s].split, plan, silent);
    for (size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(result.choices[8 * s + i].align, alone.choices[i].align);
      EXPECT_EQ(result.choices[8 * s + i].probabilities, alone.choices[i].probabilities);
    }
  }
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
    EXPECT_EQ(cell.test.macro_f1, without.cells[0].test.macro_f1);
    const Evaluation whole =
        evaluate({with.choices[0].probabilities[0], labels_at(dataset.labels.of_row, split.test)},
                 dataset.order);
    EXPECT_EQ(*cell.test.quadratic_kappa, *whole.quadratic_kappa);
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
