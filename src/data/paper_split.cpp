#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "data/groups.h"
#include "data/split.h"

namespace puente {
namespace {

constexpr uint64_t kPaperStream = 0x5061706572;  // "Paper"; see base/rng.h

/// Proportional to `counts`, in whole numbers that sum to `total`: the largest remainders are
/// rounded up, equal ones by lot (as scikit-learn's StratifiedShuffleSplit does).
std::vector<int64_t> proportional(const std::vector<int64_t>& counts, int64_t total, Rng& rng) {
  const int64_t sum = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  std::vector<int64_t> result(counts.size());
  std::vector<size_t> order(counts.size());
  int64_t missing = total;
  for (size_t k = 0; k < counts.size(); ++k) {
    result[k] = total * counts[k] / sum;
    missing -= result[k];
    order[k] = k;
  }
  rng.shuffle(std::span<size_t>(order));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return total * counts[a] % sum > total * counts[b] % sum;
  });
  for (int64_t i = 0; i < missing; ++i) ++result[order[static_cast<size_t>(i)]];
  return result;
}

}  // namespace

Split paper_split(const RowClasses& labels, double test_share, uint64_t seed) {
  PUENTE_ASSERT(labels.per_row == 1);
  PUENTE_ASSERT(test_share > 0 && test_share < 1);
  require_two_classes(labels);
  const std::vector<int64_t> counts = labels.sizes();
  for (size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] < 2) {
      fail(
          "class {} has {} row{}: a stratified split needs two; --min-groups leaves such classes "
          "out",
          labels.names[k], counts[k], counts[k] == 1 ? "" : "s");
    }
  }
  const int64_t rows = static_cast<int64_t>(labels.of_row.size());
  const int64_t test_rows = static_cast<int64_t>(std::ceil(test_share * static_cast<double>(rows)));
  Rng rng(seed, kPaperStream);
  std::vector<int64_t> to_train = proportional(counts, rows - test_rows, rng);
  std::vector<int32_t> order(labels.of_row.size());
  std::iota(order.begin(), order.end(), 0);
  rng.shuffle(std::span<int32_t>(order));
  Split split;
  for (int32_t row : order) {
    int64_t& left = to_train[static_cast<size_t>(labels.of_row[static_cast<size_t>(row)])];
    (left > 0 ? split.train : split.test).push_back(row);
    --left;
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.test.begin(), split.test.end());
  return split;
}

}  // namespace puente
