#include "data/pick.h"

#include <cmath>
#include <map>

#include "base/error.h"

namespace puente {
namespace {

/// Items of one size, which are interchangeable.
struct SizeClass {
  std::vector<size_t> taken;
  std::vector<size_t> left;
};

/// One size out (0: none) and one in (0: none).
struct Change {
  int64_t out = 0;
  int64_t in = 0;
};

/// The change after which the sum is nearest to the target; {0, 0} if none brings it nearer.
Change best_change(const std::map<int64_t, SizeClass>& sizes, double sum, double target) {
  Change best;
  // Half a thousandth of a row is rounding, not progress.
  double best_distance = std::abs(sum - target) - 5e-4;
  const auto consider = [&](int64_t out, int64_t in) {
    const double distance = std::abs(sum + static_cast<double>(in - out) - target);
    if (distance < best_distance) {
      best_distance = distance;
      best = {out, in};
    }
  };
  for (const auto& [size, items] : sizes) {
    if (!items.left.empty()) consider(0, size);
    if (items.taken.empty()) continue;
    consider(size, 0);
    for (const auto& [other, other_items] : sizes) {
      if (!other_items.left.empty() && other != size) consider(size, other);
    }
  }
  return best;
}

}  // namespace

std::vector<bool> pick_near(std::span<const int64_t> sizes, double target) {
  std::vector<bool> taken(sizes.size(), false);
  double sum = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    PUENTE_ASSERT(sizes[i] > 0);
    const double size = static_cast<double>(sizes[i]);
    if (std::abs(sum + size - target) < std::abs(sum - target)) {
      taken[i] = true;
      sum += size;
    }
  }

  std::map<int64_t, SizeClass> classes;
  for (size_t i = 0; i < sizes.size(); ++i) {
    SizeClass& items = classes[sizes[i]];
    (taken[i] ? items.taken : items.left).push_back(i);
  }
  for (;;) {
    const Change change = best_change(classes, sum, target);
    if (change.out == 0 && change.in == 0) return taken;
    if (change.out != 0) {
      SizeClass& items = classes[change.out];
      taken[items.taken.back()] = false;
      items.left.push_back(items.taken.back());
      items.taken.pop_back();
    }
    if (change.in != 0) {
      SizeClass& items = classes[change.in];
      taken[items.left.back()] = true;
      items.taken.push_back(items.left.back());
      items.left.pop_back();
    }
    sum += static_cast<double>(change.in - change.out);
  }
}

}  // namespace puente
