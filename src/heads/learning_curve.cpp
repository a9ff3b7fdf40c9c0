#include "heads/learning_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/rng.h"
#include "data/groups.h"
#include "data/labels.h"

namespace puente {
namespace {

// A stream of the seed (base/rng.h) of its own.
constexpr uint64_t kStream = 0x4375727665;  // "Curve"

/// The groups that are always in: for each class, the rarest first, one that holds it, unless one
/// is in already; of its own stratum if there is one.
std::vector<bool> core_of(const std::vector<Group>& groups, std::span<const int32_t> order,
                          size_t classes) {
  const std::vector<int64_t> count = groups_per_class(groups, classes);
  std::vector<int32_t> rarest_first(classes);
  std::iota(rarest_first.begin(), rarest_first.end(), 0);
  std::stable_sort(rarest_first.begin(), rarest_first.end(), [&](int32_t a, int32_t b) {
    return count[static_cast<size_t>(a)] < count[static_cast<size_t>(b)];
  });
  std::vector<bool> core(groups.size(), false);
  for (const int32_t k : rarest_first) {
    int32_t chosen = -1;
    bool is_there = false;
    for (const int32_t g : order) {
      const Group& group = groups[static_cast<size_t>(g)];
      if (!std::binary_search(group.classes.begin(), group.classes.end(), k)) continue;
      is_there = is_there || core[static_cast<size_t>(g)];
      const bool is_own = group.stratum == k;
      if (chosen < 0 || (is_own && groups[static_cast<size_t>(chosen)].stratum != k)) chosen = g;
    }
    if (!is_there && chosen >= 0) core[static_cast<size_t>(chosen)] = true;
  }
  return core;
}

}  // namespace

std::vector<CurveSubset> learning_curve(const Categories& labels, const Categories& groups,
                                        std::span<const int32_t> train_rows,
                                        std::span<const double> shares, uint64_t seed) {
  PUENTE_ASSERT(!train_rows.empty() && !shares.empty());
  PUENTE_ASSERT(std::is_sorted(shares.begin(), shares.end()));
  PUENTE_ASSERT(shares.front() > 0 && shares.back() <= 1);
  const Categories own_groups = categories_at(groups, train_rows);
  const std::vector<Group> all = groups_of(categories_at(labels, train_rows), own_groups);
  std::vector<int32_t> order;  // groups that have training rows
  for (size_t g = 0; g < all.size(); ++g) {
    if (all[g].rows > 0) order.push_back(static_cast<int32_t>(g));
  }
  Rng rng(seed, kStream);
  rng.shuffle(std::span<int32_t>(order));
  const std::vector<bool> core = core_of(all, order, labels.names.size());
  std::stable_partition(order.begin(), order.end(),
                        [&](int32_t g) { return core[static_cast<size_t>(g)]; });

  std::vector<std::vector<int32_t>> strata(labels.names.size());
  for (const int32_t g : order) {
    strata[static_cast<size_t>(all[static_cast<size_t>(g)].stratum)].push_back(g);
  }
  std::vector<CurveSubset> curve;
  for (const double share : shares) {
    std::vector<bool> taken = core;
    for (const std::vector<int32_t>& stratum : strata) {
      const auto wanted =
          static_cast<size_t>(std::llround(share * static_cast<double>(stratum.size())));
      for (size_t i = 0; i < wanted; ++i) taken[static_cast<size_t>(stratum[i])] = true;
    }
    CurveSubset subset{share, std::count(taken.begin(), taken.end(), true), {}};
    for (size_t i = 0; i < train_rows.size(); ++i) {
      if (taken[static_cast<size_t>(own_groups.of_row[i])]) subset.rows.push_back(train_rows[i]);
    }
    curve.push_back(std::move(subset));
  }
  return curve;
}

}  // namespace puente
