// Is one way of training better than another? A test set answers that for two trained classifiers
// (paired.h); but train both again with other seeds and the answer moves. With a large test set
// that luck of training alone looks "significant". Here the seeds count as drawn too, beside the
// groups.
//
// Seed s of A and seed s of B are a pair (they begin alike), d_s is the difference of the figure
// between them, and D that between the mean probabilities over the seeds, which is what is
// reported. With G groups and S seeds, drawn independently of each other, the variance is taken as
//   V = V_groups + V_seeds
//   V_groups  variance of D over bootstrap resamples of the groups, times G / (G - 1), with the
//             seeds as they are
//   V_seeds   variance of the d_s (n - 1), over S, with the rows as they are
// with Satterthwaite's degrees of freedom (1946, "An approximate distribution of estimates of
// variance components", Biometrics Bulletin 2:110)
//   freedom = V^2 / (V_groups^2 / (G - 1) + V_seeds^2 / (S - 1))
// so that few seeds make a wide interval. p and the 95 % interval are Student's t, and p < 0.05
// just where the interval leaves 0 out.
//
// Groups and seeds are crossed random effects (every seed scores the same groups), and what the two
// do together is in both parts: counted twice, which errs on the side of no difference. Taking it
// away once more is exact, but leaves nothing for what no test set tells: luck of the training
// rows. Where two ways are alike, p < 0.05 comes in 0 to 4 % of studies; with the groups alone in
// up to 23 %, the more the larger the test set (tools/simulate_seeds.py, docs/verdict.md).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "eval/paired.h"

namespace puente {

/// Fewer seeds do not tell how far training moves a figure.
constexpr int kFewestSeeds = 3;

/// One way of training: the mean probabilities over the seeds on resamples of the groups, and each
/// seed on the rows as they are.
struct SeedsSample {
  BootstrapSample of_mean;
  std::vector<std::vector<double>> of_seed = {};  // [S][numbers]
};

/// `seeds`: predictions of the same rows. Samples of the same groups and plan go together.
SeedsSample sample_seeds(std::span<const Predictions> seeds, std::span<const int32_t> group,
                         size_t numbers, const StatisticOf& statistic_of,
                         const BootstrapPlan& plan);

struct SeedsComparison {
  PairedSide a;
  PairedSide b;
  Estimate difference;      // b - a, with both kinds of luck
  double groups_error = 0;  // root of V_groups; NaN where there is no interval, as the rest
  double seeds_error = 0;   // root of V_seeds
  double freedom = 0;
  double p = 0;         // two-sided; 1 where A and B are alike in every resample
  double smallest = 0;  // the true difference that would be found with 80 % power
};

/// For each number, with the same seeds. No interval with fewer than 20 groups or 3 seeds.
std::vector<SeedsComparison> compare_seeds(const SeedsSample& a, const SeedsSample& b);

}  // namespace puente
