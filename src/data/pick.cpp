#include "data/pick.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace puente {
namespace {

constexpr double kMostSteps = 1e8;

/// The choice whose sum is nearest to `target`, among sums up to `limit`: every sum that can be
/// reached is marked with the item that first reached it, so that a way to it can be walked back.
std::vector<bool> subset_sum(std::span<const int64_t> sizes, double target, int64_t limit) {
  constexpr int64_t kUnreached = -1;
  std::vector<int64_t> last_item(static_cast<size_t>(limit) + 1, kUnreached);
  last_item[0] = 0;  // reached by taking nothing
  for (size_t i = 0; i < sizes.size(); ++i) {
    // Downwards, so that no item is counted twice.
    for (int64_t sum = limit; sum >= sizes[i]; --sum) {
      int64_t& item = last_item[static_cast<size_t>(sum)];
      if (item == kUnreached && last_item[static_cast<size_t>(sum - sizes[i])] != kUnreached) {
        item = static_cast<int64_t>(i);
      }
    }
  }
  int64_t nearest = 0;
  for (int64_t sum = 1; sum <= limit; ++sum) {
    if (last_item[static_cast<size_t>(sum)] != kUnreached &&
        std::abs(static_cast<double>(sum) - target) <
            std::abs(static_cast<double>(nearest) - target)) {
      nearest = sum;
    }
  }
  std::vector<bool> taken(sizes.size(), false);
  while (nearest > 0) {
    const auto item = static_cast<size_t>(last_item[static_cast<size_t>(nearest)]);
    taken[item] = true;
    nearest -= sizes[item];
  }
  return taken;
}

}  // namespace

std::vector<bool> pick_nearest(std::span<const int64_t> sizes, double target) {
  std::vector<bool> taken(sizes.size(), false);
  double sum = 0;
  double all = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    PUENTE_ASSERT(sizes[i] > 0);
    const double size = static_cast<double>(sizes[i]);
    all += size;
    if (std::abs(sum + size - target) < std::abs(sum - target)) {
      taken[i] = true;
      sum += size;
    }
  }
  const double distance = std::abs(sum - target);
  const double limit = std::min(all, target + distance);
  // Sums are whole numbers: within half a row nothing is nearer.
  if (distance <= 0.5 || limit < 1 || limit * static_cast<double>(sizes.size()) > kMostSteps) {
    return taken;
  }
  return subset_sum(sizes, target, static_cast<int64_t>(limit));
}

}  // namespace puente
