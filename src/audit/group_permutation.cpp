#include "audit/group_permutation.h"

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"
#include "base/threads.h"

namespace puente {

GroupPermutation::GroupPermutation(const Categories& labels, const Categories& groups)
    : labels_(labels.of_row), rows_(groups.names.size()) {
  PUENTE_ASSERT(labels.of_row.size() == groups.of_row.size());
  for (size_t row = 0; row < groups.of_row.size(); ++row) {
    rows_[static_cast<size_t>(groups.of_row[row])].push_back(static_cast<int32_t>(row));
  }
  std::erase_if(rows_, [](const auto& rows) { return rows.empty(); });
}

std::vector<int32_t> GroupPermutation::labels(uint64_t seed, uint64_t number) const {
  std::vector<int32_t> giver(rows_.size());
  std::iota(giver.begin(), giver.end(), 0);
  Rng(seed, number).shuffle(std::span(giver));
  std::vector<int32_t> result(labels_.size());
  for (size_t group = 0; group < rows_.size(); ++group) {
    const std::vector<int32_t>& to = rows_[group];
    const std::vector<int32_t>& from = rows_[static_cast<size_t>(giver[group])];
    for (size_t i = 0; i < to.size(); ++i) {
      result[static_cast<size_t>(to[i])] =
          labels_[static_cast<size_t>(from[i * from.size() / to.size()])];
    }
  }
  return result;
}

PermutationTest permutation_test(
    const Categories& labels, const Categories& groups, uint64_t seed, int threads,
    const std::function<double(const std::vector<int32_t>&)>& statistic) {
  const GroupPermutation permutation(labels, groups);
  PermutationTest test{.observed = statistic(labels.of_row)};
  std::vector<double> by_chance(kPermutations);
  parallel_for(kPermutations, threads, [&](int64_t number, int) {
    check_interrupt();
    by_chance[static_cast<size_t>(number)] =
        statistic(permutation.labels(seed, static_cast<uint64_t>(number)));
  });
  // Sums of the same numbers in another order may differ in the last digits.
  const double reached = test.observed - 1e-9 * std::abs(test.observed);
  int64_t count = 1;
  for (double value : by_chance) {
    test.expected += value / kPermutations;
    if (value >= reached) ++count;
  }
  test.p = static_cast<double>(count) / (1 + kPermutations);
  return test;
}

}  // namespace puente
