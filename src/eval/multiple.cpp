#include "eval/multiple.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/error.h"

namespace puente {

std::vector<double> holm_adjusted(std::span<const double> p) {
  std::vector<size_t> order;  // of the tests done, by p
  for (size_t i = 0; i < p.size(); ++i) {
    if (std::isnan(p[i])) continue;
    PUENTE_ASSERT(p[i] >= 0 && p[i] <= 1);
    order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return p[i] < p[j]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

}  // namespace puente
