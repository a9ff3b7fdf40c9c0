#include "data/split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/ranges.h>
#include <numeric>

#include "base/error.h"
#include "base/rng.h"
#include "data/pick.h"

namespace puente {
namespace {

// Streams of the seed (base/rng.h), so that a split never shares its numbers with weights or order.
constexpr uint64_t kHoldoutStream = 0x486f6c646f7574;  // "Holdout"
constexpr uint64_t kPaperStream = 0x5061706572;        // "Paper"

enum Part : int8_t { kTest, kValidation, kTrain, kNone };
constexpr size_t kParts = 3;

struct Group {
  int64_t rows = 0;
  std::vector<int32_t> classes;  // that occur in it, ascending
  int32_t stratum = 0;           // its commonest class, the lower one on ties
};

std::vector<Group> groups_of(const Categories& labels, const Categories& groups) {
  PUENTE_ASSERT(labels.of_row.size() == groups.of_row.size());
  std::vector<std::pair<int32_t, int32_t>> rows(labels.of_row.size());  // group, class
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = {groups.of_row[i], labels.of_row[i]};
  std::sort(rows.begin(), rows.end());
  std::vector<Group> result(groups.names.size());
  for (size_t begin = 0; begin < rows.size();) {
    Group& group = result[static_cast<size_t>(rows[begin].first)];
    int64_t most = 0;
    while (begin < rows.size() && &result[static_cast<size_t>(rows[begin].first)] == &group) {
      size_t end = begin;
      while (end < rows.size() && rows[end] == rows[begin]) ++end;
      const int64_t count = static_cast<int64_t>(end - begin);
      group.rows += count;
      group.classes.push_back(rows[begin].second);
      if (count > most) {
        most = count;
        group.stratum = rows[begin].second;
      }
      begin = end;
    }
  }
  return result;
}

std::vector<int64_t> groups_per_class(const std::vector<Group>& groups, size_t classes) {
  std::vector<int64_t> count(classes);
  for (const Group& group : groups) {
    for (int32_t k : group.classes) ++count[static_cast<size_t>(k)];
  }
  return count;
}

std::string class_with_groups(const std::string& name, int64_t groups) {
  return fmt::format("{} ({} group{})", name, groups, groups == 1 ? "" : "s");
}

void check_two_classes(const Categories& labels) {
  if (labels.names.size() < 2) {
    fail("the label has {} class{}; a classifier needs two", labels.names.size(),
         labels.names.empty() ? "es" : fmt::format(" ('{}')", labels.names[0]));
  }
}

void check_classes(const Categories& labels, const std::vector<int64_t>& group_count) {
  check_two_classes(labels);
  std::vector<std::string> few;
  for (size_t k = 0; k < group_count.size(); ++k) {
    if (group_count[k] < static_cast<int64_t>(kParts)) {
      few.push_back(class_with_groups(labels.names[k], group_count[k]));
    }
  }
  if (!few.empty()) {
    fail(
        "too few groups of class {}: train, validation and test need one each; --min-groups 3 "
        "leaves such classes out",
        fmt::join(few, ", "));
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
    // Where groups mix classes, the choices of one class can leave another without a free group;
    // another order usually does not. Groups of one class each succeed at once.
    constexpr int kAttempts = 200;
    std::vector<Part> best;
    int64_t best_missing = 0;
    for (int attempt = 0; attempt < kAttempts && (best.empty() || best_missing > 0); ++attempt) {
      rng.shuffle(std::span<int32_t>(order));
      part_.assign(groups_.size(), kNone);
      const int64_t missing = reserve(order);
      if (best.empty() || missing < best_missing) {
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
  int64_t reserve(std::span<const int32_t> order) {
    std::vector<std::vector<int32_t>> members(classes_.size());  // [K], in `order`
    for (int32_t g : order) {
      for (int32_t k : group(g).classes) members[static_cast<size_t>(k)].push_back(g);
    }
    std::vector<std::array<bool, kParts>> has(classes_.size());
    int64_t missing = 0;
    for (int32_t k : classes_) {
      for (Part part : {kTest, kValidation, kTrain}) {
        if (has[static_cast<size_t>(k)][part]) continue;
        const int32_t chosen = choose(members[static_cast<size_t>(k)], k, part);
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
  /// is too big for the others.
  int32_t choose(std::span<const int32_t> members, int32_t k, Part part) const {
    int32_t best = -1;
    std::array<int64_t, 2> best_rank{};
    for (int32_t g : members) {
      if (part_[static_cast<size_t>(g)] != kNone) continue;
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
    const std::vector<bool> taken = pick_near(sizes, wanted);
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

Split holdout_split(const Categories& labels, const Categories& groups,
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
  return split;
}

Split paper_split(const Categories& labels, double test_share, uint64_t seed) {
  PUENTE_ASSERT(test_share > 0 && test_share < 1);
  check_two_classes(labels);
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

KeptClasses keep_classes(const Categories& labels, const Categories& groups, int64_t minimum) {
  const std::vector<int64_t> group_count =
      groups_per_class(groups_of(labels, groups), labels.names.size());
  KeptClasses kept;
  for (size_t k = 0; k < group_count.size(); ++k) {
    if (group_count[k] < minimum) {
      kept.left_out.push_back(class_with_groups(labels.names[k], group_count[k]));
    }
  }
  for (size_t row = 0; row < labels.of_row.size(); ++row) {
    if (group_count[static_cast<size_t>(labels.of_row[row])] >= minimum) {
      kept.rows.push_back(static_cast<int32_t>(row));
    }
  }
  return kept;
}

}  // namespace puente
