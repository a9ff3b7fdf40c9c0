// How often the 95 % intervals hold the true value: the promise of every interval that is printed.
#include <cstdio>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "base/threads.h"
#include "eval/bootstrap.h"
#include "simulated_patients.h"

namespace puente {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kCoverageRuns = 10;
#else
constexpr int kCoverageRuns = 1000;
#endif

enum class Drawn { patients, rows };

/// Share of the runs whose interval holds the true value.
test::Metrics coverage(const test::Patients& design, uint64_t seed, Drawn drawn = Drawn::patients) {
  const test::Metrics truth = test::true_metrics(design);
  const std::vector<double> wanted = {truth.accuracy, truth.auc, truth.macro_f1};
  std::vector<std::vector<int>> holds(kCoverageRuns, std::vector<int>(wanted.size()));
  parallel_for(kCoverageRuns, available_cores(), [&](int64_t run, int) {
    Rng rng(seed, static_cast<uint64_t>(run));
    test::TestSet set = test::simulate(design, rng);
    if (drawn == Drawn::rows) std::iota(set.group.begin(), set.group.end(), 0);
    const std::vector<Estimate> estimates =
        bootstrap(set.group, wanted.size(), test::metrics_of(set.a),
                  {.resamples = 2000, .seed = rng.next(), .threads = 1});
    for (size_t m = 0; m < wanted.size(); ++m) {
      const auto& interval = estimates[m].interval;
      holds[static_cast<size_t>(run)][m] =
          interval && interval->low <= wanted[m] && wanted[m] <= interval->high;
    }
  });
  std::vector<double> share(wanted.size());
  for (size_t m = 0; m < share.size(); ++m) {
    int held = 0;
    for (const auto& run : holds) held += run[m];
    share[m] = static_cast<double>(held) / kCoverageRuns;
  }
  std::printf("%d patients: coverage of accuracy %.3f, AUC %.3f, macro F1 %.3f\n", design.patients,
              share[0], share[1], share[2]);
  return {.accuracy = share[0], .auc = share[1], .macro_f1 = share[2]};
}

void expect_95_percent(const test::Metrics& share) {
  EXPECT_GE(share.accuracy, 0.93);
  EXPECT_LE(share.accuracy, 0.97);
  EXPECT_GE(share.auc, 0.93);
  EXPECT_LE(share.auc, 0.97);
  EXPECT_GE(share.macro_f1, 0.90);  // reported
  EXPECT_LE(share.macro_f1, 0.99);
}

#define SKIP_UNLESS_ALL_RUNS() \
  if (kCoverageRuns < 1000)    \
  GTEST_SKIP() << "1,000 runs take too long under a sanitizer; did " << kCoverageRuns

TEST(Coverage, Of80PatientsWithOneToTwelveRows) {
  const test::Metrics share = coverage({.patients = 80}, 1);
  SKIP_UNLESS_ALL_RUNS();
  expect_95_percent(share);
}

TEST(Coverage, Of150PatientsWithOneRowEach) {
  const test::Metrics share =
      coverage({.patients = 150, .more_rows = 0, .patient_effect = 0, .hardness = 0}, 2);
  SKIP_UNLESS_ALL_RUNS();
  expect_95_percent(share);
}

// That the patients of the first test matter: rows drawn one by one promise too much.
TEST(Coverage, OfRowsThatAreDrawnAloneIsTooSmall) {
  const test::Metrics share = coverage({.patients = 80}, 1, Drawn::rows);
  SKIP_UNLESS_ALL_RUNS();
  EXPECT_LT(share.accuracy, 0.92);
  EXPECT_LT(share.auc, 0.92);
}

}  // namespace
}  // namespace puente
