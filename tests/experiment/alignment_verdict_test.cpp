// The verdict in made-up worlds whose truth is known.
#include "experiment/alignment_verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <gtest/gtest.h>

#include "base/threads.h"
#include "support/files.h"
#include "support/made_table.h"
#include "support/made_worlds.h"

namespace puente {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kNeutralWorlds = 1;
constexpr int kClearWorlds = 1;
#else
constexpr int kNeutralWorlds = 100;
constexpr int kClearWorlds = 10;
#endif

SweepPlan world_sweep(const std::string& methods) {
  SweepPlan plan;
  plan.base.protocol.chooser = Chooser::validation;
  plan.methods = with_baselines(parse_alignments(methods));
  plan.lambdas = {0, 0.5, 1};
  plan.fusions = {FusionKind::early};
  plan.seeds = 3;
  plan.threads = 1;
  return plan;
}

std::vector<int32_t> rows_between(int32_t first, int32_t end) {
  std::vector<int32_t> rows;
  for (int32_t row = first; row < end; ++row) rows.push_back(row);
  return rows;
}

/// Few rows train, so that luck of training matters, and many are scored, so that it shows.
AlignmentVerdict verdict_of(const test::World& world, const SweepPlan& plan) {
  const Dataset dataset =
      make_dataset(test::world_table(world), {.label = "dx", .group = "patient"});
  NamedSplit split{"few train", 0, {}};
  split.split.train = rows_between(0, 200);
  split.split.validation = rows_between(200, 280);
  split.split.test = rows_between(280, static_cast<int32_t>(dataset.rows()));
  const std::vector<NamedSplit> splits = {split};
  SweepBook none;
  Silent silent;
  const SweepResult result = sweep(dataset, splits, plan, none, silent);
  return judge_alignments(dataset, splits, plan, result, none, silent);
}

std::vector<AlignmentVerdict> verdicts_of(test::WorldKind kind, int worlds, const SweepPlan& plan) {
  std::vector<AlignmentVerdict> verdicts(static_cast<size_t>(worlds));
  parallel_for(worlds, available_cores(), [&](int64_t i, int) {
    verdicts[static_cast<size_t>(i)] =
        verdict_of({.kind = kind, .seed = static_cast<uint64_t>(i)}, plan);
  });
  return verdicts;
}

int count_of(const std::vector<AlignmentVerdict>& verdicts, Effect effect) {
  int count = 0;
  for (const AlignmentVerdict& one : verdicts) {
    count += std::ranges::count(one.methods, effect, &MethodVerdict::effect) > 0;
  }
  return count;
}

TEST(AlignmentVerdict, HelpsWhereAGapHidesTheSignal) {
  const auto verdicts = verdicts_of(test::WorldKind::gap_hides, kClearWorlds, world_sweep("shift"));
  EXPECT_EQ(count_of(verdicts, Effect::helps), kClearWorlds);
  double by_normalise = 0, by_shift = 0;
  for (const AlignmentVerdict& one : verdicts) {
    const MethodVerdict& shift = one.methods.at(0);
    EXPECT_EQ(shift.chosen.at(0), "shift:1");
    ASSERT_EQ(shift.steps.size(), 3u);  // none, normalise, shift
    EXPECT_EQ(shift.steps[1].name, "normalise");
    EXPECT_EQ(shift.steps[2].name, "shift");
    by_normalise += shift.steps[1].gain.difference.value;
    by_shift += shift.steps[2].gain.difference.value;
    EXPECT_NEAR(shift.steps[2].macro_f1, shift.macro_f1.b.value, 1e-12);
  }
  EXPECT_GT(by_shift, by_normalise);
}

TEST(AlignmentVerdict, HurtsWhereTheGapCarriesTheSignal) {
  const auto verdicts =
      verdicts_of(test::WorldKind::gap_carries, kClearWorlds, world_sweep("shift"));
  EXPECT_EQ(count_of(verdicts, Effect::hurts), kClearWorlds);
  for (const AlignmentVerdict& one : verdicts) {
    EXPECT_NE(one.baselines.at(0).chosen.at(0), "normalise");
    EXPECT_LT(one.methods.at(0).macro_f1.difference.interval->high, 0);
  }
}

// Three methods, of which procrustes trains other classifiers that are as good: what luck of
// training does counts as luck.
TEST(AlignmentVerdict, CannotTellWhereThereIsNothingToTell) {
  const auto verdicts = verdicts_of(test::WorldKind::neutral, kNeutralWorlds,
                                    world_sweep("shift,procrustes,procrustes+shift"));
  const int helps = count_of(verdicts, Effect::helps);
  const int hurts = count_of(verdicts, Effect::hurts);
  int told = 0, found = 0, found_by_groups = 0, methods = 0;
  double smallest = 0;
  for (const AlignmentVerdict& one : verdicts) {
    told += std::ranges::count(one.methods, Effect::cannot_tell, &MethodVerdict::effect) !=
            static_cast<std::ptrdiff_t>(one.methods.size());
    for (const MethodVerdict& method : one.methods) {
      const Gain& gain = method.macro_f1;
      if (!gain.difference.interval) continue;  // lambda 0 is normalise itself
      ++methods;
      found += gain.p < 0.05;
      found_by_groups += std::abs(gain.difference.value) > 1.97 * gain.groups_error;
      smallest += gain.smallest;
    }
  }
  std::printf(
      "%d worlds: helps in %d, hurts in %d; of %d methods p < 0.05 in %d, by groups alone in %d; "
      "could show %.3f\n",
      kNeutralWorlds, helps, hurts, methods, found, found_by_groups, smallest / methods);
  if (kNeutralWorlds < 100) {
    GTEST_SKIP() << "100 worlds take too long under a sanitizer; did " << kNeutralWorlds;
  }
  EXPECT_LE(told, 5);
}

TEST(AlignmentVerdict, StepsAddUpToTheWhole) {
  const auto texts = [](const char* spec) {
    std::vector<std::string> all;
    for (const AlignSpec& one : steps_of(AlignSpec::parse(spec))) all.push_back(one.text());
    return all;
  };
  EXPECT_EQ(texts("none"), (std::vector<std::string>{"none"}));
  EXPECT_EQ(texts("procrustes"), (std::vector<std::string>{"none", "procrustes"}));
  EXPECT_EQ(texts("noise:0.1+shift:0.4"),
            (std::vector<std::string>{"none", "noise:0.1", "noise:0.1+normalise",
                                      "noise:0.1+shift:0.4"}));
  EXPECT_EQ(texts("normalise+shift:0.4"),
            (std::vector<std::string>{"none", "normalise", "normalise+shift:0.4"}));
}

TEST(AlignmentVerdict, OfFoldsIsOnAllRowsAndTheSameWhenItGoesOn) {
  SweepPlan plan = world_sweep("shift");
  plan.base.protocol = ProtocolOptions::parse("kfold:3x2");
  plan.base.protocol.chooser = Chooser::validation;
  plan.base.epochs = 4;
  plan.fusions = {FusionKind::early, FusionKind::late};
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 3}), {.label = "dx", .group = "patient"});
  const std::vector<NamedSplit> splits = make_splits(dataset, plan.base.protocol);
  Silent silent;
  SweepBook none;
  const SweepResult result = sweep(dataset, splits, plan, none, silent);
  const AlignmentVerdict verdict = judge_alignments(dataset, splits, plan, result, none, silent);
  EXPECT_EQ(verdict.rows, dataset.rows());
  EXPECT_EQ(verdict.groups, dataset.groups.count());
  ASSERT_EQ(verdict.methods.size(), 2u);
  EXPECT_EQ(verdict.methods[0].chosen.size(), 6u);

  // By hand: the mean over repeats and seeds of the chosen probabilities.
  BasicMatrix<double> sum(dataset.rows(), dataset.classes());
  for (const SweepChoice& one : result.choices) {
    if (one.fusion != FusionKind::late || one.method != "shift") continue;
    const std::vector<int32_t>& test = splits[one.split].split.test;
    for (const Matrix& seed : one.probabilities) {
      for (int64_t i = 0; i < seed.rows(); ++i) {
        for (int64_t k = 0; k < seed.cols(); ++k)
          sum(test[static_cast<size_t>(i)], k) += seed(i, k);
      }
    }
  }
  Predictions mean{Matrix(sum.rows(), sum.cols()), dataset.labels.of_row};
  for (int64_t i = 0; i < sum.size(); ++i) {
    mean.probabilities.data()[i] = static_cast<float>(sum.data()[i] / 6);
  }
  EXPECT_NEAR(verdict.methods[1].macro_f1.b.value, evaluate(mean).macro_f1, 1e-6);

  test::TemporaryFolder folder;
  {
    SweepBook book(folder / "book", "one");
    sweep(dataset, splits, plan, book, silent);
  }
  SweepBook book(folder / "book", "one");
  const SweepResult again = sweep(dataset, splits, plan, book, silent);
  const AlignmentVerdict same = judge_alignments(dataset, splits, plan, again, book, silent);
  for (size_t m = 0; m < 2; ++m) {
    EXPECT_EQ(same.methods[m].macro_f1.p, verdict.methods[m].macro_f1.p);
    EXPECT_EQ(same.methods[m].steps[1].macro_f1, verdict.methods[m].steps[1].macro_f1);
  }
}

TEST(AlignmentVerdict, ThePublishedProtocolClaimsTheBestOfEachTestEpochAndLambda) {
  const Dataset dataset =
      make_dataset(test::made_table({.noise = 4}), {.label = "dx", .group = "patient"});
  SweepPlan plan = world_sweep("shift,procrustes");
  plan.base.epochs = 4;
  SweepBook none;
  Silent silent;
  const std::vector<PaperClaim> claims = paper_claims(dataset, plan, none, silent);
  ASSERT_EQ(claims.size(), 1u);
  SweepPlan published = plan;
  published.base.protocol.kind = Protocol::paper;
  published.methods = parse_alignments("none,shift");
  published.seeds = 1;
  const SweepResult result =
      sweep(dataset, make_split(dataset, published.base.protocol), published, silent);
  double best = 0;
  for (const SweepCell& cell : result.cells) {
    if (cell.method == "none") {
      EXPECT_EQ(claims[0].without, cell.best_macro_f1.value);
    } else {
      best = std::max(best, cell.best_macro_f1.value);
    }
  }
  EXPECT_EQ(claims[0].with, best);
}

}  // namespace
}  // namespace puente
