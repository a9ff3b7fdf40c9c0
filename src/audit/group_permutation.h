// Labels as they might have fallen had they nothing to do with the rest of the table, groups kept
// whole: the null hypothesis of every test of the audit.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "data/labels.h"

namespace puente {

/// Every group takes the labels of another one, by lot: row i of n takes the label of row
/// floor(i m / n) of the m rows of the giver. So a group of one class stays one of one class, and
/// rows of a group are never told apart more than they were. Class sizes vary a little where the
/// groups' sizes do.
class GroupPermutation {
 public:
  GroupPermutation(const Categories& labels, const Categories& groups);

  /// The `number`th permutation of a seed: [N].
  std::vector<int32_t> labels(uint64_t seed, uint64_t number) const;

 private:
  std::vector<int32_t> labels_;             // [N]
  std::vector<std::vector<int32_t>> rows_;  // of each group
};

inline constexpr int kPermutations = 499;
/// What the audit calls more than chance: p at most this.
inline constexpr double kSignificant = 0.01;

struct PermutationTest {
  double observed = 0;
  double expected = 0;  // the mean over permutations
  double p = 0;  // (1 + permutations that reach `observed`) / (1 + permutations), Phipson and Smyth
                 // 2010

  bool significant() const { return p <= kSignificant; }
};

/// `statistic` of the labels against kPermutations permutations of them; larger is more. It is
/// called from `threads` threads.
PermutationTest permutation_test(
    const Categories& labels, const Categories& groups, uint64_t seed, int threads,
    const std::function<double(const std::vector<int32_t>&)>& statistic);

}  // namespace puente
