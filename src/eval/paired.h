// Is classifier B better than A? A paired cluster bootstrap: every resample of groups is scored for
// both, so what makes the rows hard for both cancels out. Each classifier is the mean of its seeds'
// probabilities; how far its seeds differ stands beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "eval/bootstrap.h"
#include "eval/metrics.h"

namespace puente {

/// The mean probabilities of several classifiers (seeds) on the same rows, at least one.
Predictions mean_of(std::span<const Predictions> seeds);

/// A metric, or several, of predictions, as the bootstrap asks for it.
using StatisticOf = std::function<Statistic(const Predictions&)>;

struct PairedSide {
  double value = 0;    // of the mean probabilities, on the rows as they are
  double seed_sd = 0;  // over the seeds' own values, n - 1; NaN for one seed
};

struct PairedComparison {
  PairedSide a;
  PairedSide b;
  Estimate difference;  // b - a
  double p = 0;         // two-sided; NaN where the difference has no interval, but 1 where A and B
                        // are alike in every resample
};

/// For each of `numbers` that the statistic gives. a, b: the seeds of each, all on the same rows.
///
/// p is the level at which the interval of estimates_of() would just reach 0, so p < 0.05 where the
/// 95 % interval leaves it out. With B resamples and G groups,
///   tail = min(1 + #(d* <= 0), 1 + #(d* >= 0)) / (B + 1)
///   p    = 2 P(T <= Phi^-1(tail) sqrt((G - 1) / G)), at most 1
/// T is Student's t with G - 1 degrees of freedom; the tail is that of Davison and Hinkley (1997,
/// section 4.2). It can be no smaller than B allows: p about 0.001 for 2,000 resamples and many
/// groups.
std::vector<PairedComparison> compare_paired(std::span<const Predictions> a,
                                             std::span<const Predictions> b,
                                             std::span<const int32_t> group, size_t numbers,
                                             const StatisticOf& statistic_of,
                                             const BootstrapPlan& plan);

}  // namespace puente
