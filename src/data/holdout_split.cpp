#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "data/groups.h"
#include "data/pick.h"
#include "data/split.h"

namespace puente {
namespace {

// A stream of the seed (base/rng.h) of its own: the split shares no numbers with weights or order.
constexpr uint64_t kHoldoutStream = 0x486f6c646f7574;  // "Holdout"

enum Part : int8_t { kTest, kValidation, kTrain, kNone };
constexpr size_t kParts = 3;

void check_classes(const RowClasses& labels, const std::vector<int64_t>& group_count) {
  require_two_classes(labels);
  std::vector<std::string> few;
  for (size_t k = 0; k < group_count.size(); ++k) {
    if (group_count[k] < static_cast<int64_t>(kParts)) {
      few.push_back(class_with_groups(labels.names[k], group_count[k]));
    }
  }
  if (!few.empty()) {
    fail("too few groups of class {}: train, validation and test need one each; {}",
         fmt::join(few, ", "), labels.leave_out(kParts));
  }
}

/// Deals groups to parts. First every class gets a group in every part, the rarest classes choosing
/// first; then each stratum's other groups fill test and validation to their shares of its rows.
class Dealer {
 public:
  Dealer(const std::vector<Group>& groups, const std::vector<int64_t>& group_count,
         const HoldoutOptions& options)
      : groups_(groups), options_(options), stratum_rows_(group_count.size()) {
    for (const Group& group : groups) {
      stratum_rows_[static_cast<size_t>(group.stratum)] += group.rows;
    }
    classes_.resize(group_count.size());
    std::iota(classes_.begin(), classes_.end(), 0);
    std::stable_sort(classes_.begin(), classes_.end(), [&](int32_t a, int32_t b) {
      return group_count[static_cast<size_t>(a)] < group_count[static_cast<size_t>(b)];
    });
  }

  /// The part of every group.
  std::vector<Part> deal() {
    Rng rng(options_.seed, kHoldoutStream);
    std::vector<int32_t> order(groups_.size());
    std::iota(order.begin(), order.end(), 0);
    // Where groups mix classes, the choices of one class can leave another without a free group.
    // Then others are tried, by lot. Groups of one class each succeed at once.
    constexpr int kAttempts = 300;
    std::vector<Part> best;
    int64_t best_missing = 0;
    for (int attempt = 0; attempt < kAttempts && (attempt == 0 || best_missing > 0); ++attempt) {
      rng.shuffle(std::span<int32_t>(order));
      part_.assign(groups_.size(), kNone);
      const int64_t missing = reserve(order, /*by_size=*/attempt == 0);
      if (attempt == 0 || missing < best_missing) {
        best_missing = missing;
        best = part_;
        order_ = order;
      }
    }
    part_ = std::move(best);
    fill();
    return part_;
  }

 private:
  /// Returns how many classes lack a part, a class that cannot be trained counting for more than
  /// any number of the others.
  int64_t reserve(std::span<const int32_t> order, bool by_size) {
    std::vector<std::vector<int32_t>> members(classes_.size());  // [K], in `order`
    for (int32_t g : order) {
      for (int32_t k : group(g).classes) members[static_cast<size_t>(k)].push_back(g);
    }
    std::vector<std::array<bool, kParts>> has(classes_.size());
    int64_t missing = 0;
    for (int32_t k : classes_) {
      for (Part part : {kTest, kValidation, kTrain}) {
        if (has[static_cast<size_t>(k)][part]) continue;
        const int32_t chosen = choose(members[static_cast<size_t>(k)], k, part, by_size);
        if (chosen < 0) {
          missing += part == kTrain ? 2 * static_cast<int64_t>(classes_.size()) + 1 : 1;
          continue;
        }
        part_[static_cast<size_t>(chosen)] = part;
        for (int32_t own : group(chosen).classes) has[static_cast<size_t>(own)][part] = true;
      }
    }
    return missing;
  }

  /// A free group of class k for a part, -1 if there is none: the first one that does not overfill
  /// the part, preferably of k's own stratum; failing that the smallest. Training takes first what
  /// is too big for the others. Without `by_size` simply the first.
  int32_t choose(std::span<const int32_t> members, int32_t k, Part part, bool by_size) const {
    int32_t best = -1;
    std::array<int64_t, 2> best_rank{};
    for (int32_t g : members) {
      if (part_[static_cast<size_t>(g)] != kNone) continue;
      if (!by_size) return g;
      const Group& candidate = group(g);
      const bool too_big = static_cast<double>(candidate.rows) >
                           most_rows(candidate.stratum, part == kTrain ? kTest : part);
      const std::array<int64_t, 2> rank = {
          part == kTrain ? (too_big ? 0 : 1) : (too_big ? candidate.rows : 0),
          candidate.stratum == k ? 0 : 1};
      if (best < 0 || rank < best_rank) {
        best = g;
        best_rank = rank;
      }
    }
    return best;
  }

  /// What one group may bring to test or validation without overfilling it.
  double most_rows(int32_t stratum, Part part) const {
    const double share =
        part == kTest ? options_.test_share : options_.validation_share * (1 - options_.test_share);
    return std::max(1.0, share * static_cast<double>(stratum_rows_[static_cast<size_t>(stratum)]));
  }

  void fill() {
    std::vector<std::vector<int32_t>> free(classes_.size());  // [K strata], in the shuffled order
    std::vector<std::array<int64_t, kParts>> rows(classes_.size());
    for (int32_t g : order_) {
      const auto stratum = static_cast<size_t>(group(g).stratum);
      const Part part = part_[static_cast<size_t>(g)];
      if (group(g).rows == 0) continue;
      if (part == kNone) {
        free[stratum].push_back(g);
      } else {
        rows[stratum][part] += group(g).rows;
      }
    }
    for (size_t s = 0; s < free.size(); ++s) {
      const double all = static_cast<double>(stratum_rows_[s]);
      rows[s][kTest] +=
          take(free[s], kTest, options_.test_share * all - static_cast<double>(rows[s][kTest]));
      const double rest = all - static_cast<double>(rows[s][kTest]);
      take(free[s], kValidation,
           options_.validation_share * rest - static_cast<double>(rows[s][kValidation]));
      for (int32_t g : free[s]) part_[static_cast<size_t>(g)] = kTrain;
    }
  }

  /// Moves about `wanted` rows' worth of groups from `free` to a part; returns how many rows.
  int64_t take(std::vector<int32_t>& free, Part part, double wanted) {
    std::vector<int64_t> sizes;
    for (int32_t g : free) sizes.push_back(group(g).rows);
    const std::vector<bool> taken = pick_nearest(sizes, wanted);
    std::vector<int32_t> left;
    int64_t rows = 0;
    for (size_t i = 0; i < free.size(); ++i) {
      if (taken[i]) {
        part_[static_cast<size_t>(free[i])] = part;
        rows += sizes[i];
      } else {
        left.push_back(free[i]);
      }
    }
    free = std::move(left);
    return rows;
  }

  const Group& group(int32_t g) const { return groups_[static_cast<size_t>(g)]; }

  const std::vector<Group>& groups_;
  const HoldoutOptions& options_;
  std::vector<int64_t> stratum_rows_;  // [K]
  std::vector<int32_t> classes_;       // [K], those with the fewest groups first
  std::vector<int32_t> order_;
  std::vector<Part> part_;  // [groups]
};

}  // namespace

Split holdout_split(const RowClasses& labels, const Categories& groups,
                    const HoldoutOptions& options) {
  PUENTE_ASSERT(options.test_share > 0 && options.test_share < 1);
  PUENTE_ASSERT(options.validation_share > 0 && options.validation_share < 1);
  const std::vector<Group> all = groups_of(labels, groups);
  const std::vector<int64_t> group_count = groups_per_class(all, labels.names.size());
  check_classes(labels, group_count);
  const std::vector<Part> part = Dealer(all, group_count, options).deal();
  Split split;
  for (size_t row = 0; row < groups.of_row.size(); ++row) {
    const Part own = part[static_cast<size_t>(groups.of_row[row])];
    (own == kTest         ? split.test
     : own == kValidation ? split.validation
                          : split.train)
        .push_back(static_cast<int32_t>(row));
  }
  if (const auto k = untrained_class(labels, first_numbers(groups.of_row.size()), split.train)) {
    fail(
        "the groups mix the classes so much that no split was found in which class {} can be "
        "trained; use smaller groups or fewer classes",
        labels.names[static_cast<size_t>(*k)]);
  }
  return split;
}

}  // namespace puente
