#include "data/folds.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <string>

#include "base/error.h"
#include "base/rng.h"
#include "data/groups.h"
#include "data/split.h"

namespace puente {
namespace {

constexpr uint64_t kFoldsStream = 0x466f6c6473;  // "Folds"; see base/rng.h

/// Rows of each class in each fold, and what another group would change.
class Balance {
 public:
  Balance(std::vector<int64_t> class_rows, int folds)
      : class_rows_(std::move(class_rows)),
        rows_(static_cast<size_t>(folds), std::vector<int64_t>(class_rows_.size())),
        total_(static_cast<size_t>(folds)) {}

  /// Where the sum of the classes' squared shares grows least: their shares are then most alike.
  /// The fold with the fewest rows on ties, then the first.
  size_t best_for(const Group& group) const {
    size_t best = 0;
    double least = growth(0, group);
    for (size_t fold = 1; fold < rows_.size(); ++fold) {
      const double own = growth(fold, group);
      if (own < least || (own == least && total_[fold] < total_[best])) {
        least = own;
        best = fold;
      }
    }
    return best;
  }

  void add(size_t fold, const Group& group) {
    for (size_t i = 0; i < group.classes.size(); ++i) {
      rows_[fold][static_cast<size_t>(group.classes[i])] += group.class_rows[i];
    }
    total_[fold] += group.rows;
  }

 private:
  double growth(size_t fold, const Group& group) const {
    double sum = 0;
    for (size_t i = 0; i < group.classes.size(); ++i) {
      const auto k = static_cast<size_t>(group.classes[i]);
      const auto own = static_cast<double>(group.class_rows[i]);
      const auto all = static_cast<double>(class_rows_[k]);
      sum += own * (own + 2 * static_cast<double>(rows_[fold][k])) / (all * all);
    }
    return sum;
  }

  std::vector<int64_t> class_rows_;         // [K]
  std::vector<std::vector<int64_t>> rows_;  // [folds][K]
  std::vector<int64_t> total_;              // [folds]
};

void check_groups(const RowClasses& labels, const std::vector<Group>& groups, int folds) {
  const auto present =
      std::ranges::count_if(groups, [](const Group& group) { return group.rows > 0; });
  if (present < folds) {
    fail("{} groups cannot make {} folds; use fewer folds or smaller groups", present, folds);
  }
  const std::vector<int64_t> counts = groups_per_class(groups, labels.names.size());
  std::vector<std::string> few;
  for (size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 1) few.push_back(class_with_groups(labels.names[k], counts[k]));
  }
  if (!few.empty()) {
    fail(
        "too few groups of class {}: without the fold that holds them the class is not trained; "
        "{}",
        fmt::join(few, ", "), labels.leave_out(2));
  }
}

void check_every_class_is_trained(const RowClasses& labels, std::span<const int32_t> rows,
                                  const std::vector<std::vector<int32_t>>& folds) {
  for (const std::vector<int32_t>& fold : folds) {
    if (const auto k = untrained_class(labels, rows, rows_without(rows, fold))) {
      fail(
          "the groups mix the classes so much that class {} is in one fold alone; use fewer "
          "folds, smaller groups or fewer classes",
          labels.names[static_cast<size_t>(*k)]);
    }
  }
}

}  // namespace

std::vector<std::vector<int32_t>> grouped_folds(const RowClasses& labels, const Categories& groups,
                                                std::span<const int32_t> rows, int folds,
                                                uint64_t seed) {
  PUENTE_ASSERT(folds >= 2 && labels.rows() == static_cast<int64_t>(groups.of_row.size()));
  const Categories own = categories_at(groups, rows);
  const RowClasses own_labels = classes_at(labels, rows);
  const std::vector<Group> all = groups_of(own_labels, own);
  check_groups(labels, all, folds);

  std::vector<int32_t> order = first_numbers(all.size());
  Rng rng(seed, kFoldsStream);
  rng.shuffle(std::span<int32_t>(order));
  std::ranges::stable_sort(order, [&](int32_t a, int32_t b) {
    return all[static_cast<size_t>(a)].rows > all[static_cast<size_t>(b)].rows;
  });
  Balance balance(own_labels.sizes(), folds);
  std::vector<size_t> fold_of(all.size());
  for (const int32_t g : order) {
    const Group& group = all[static_cast<size_t>(g)];
    if (group.rows == 0) break;
    const size_t fold = balance.best_for(group);
    balance.add(fold, group);
    fold_of[static_cast<size_t>(g)] = fold;
  }
  std::vector<std::vector<int32_t>> result(static_cast<size_t>(folds));
  for (size_t i = 0; i < rows.size(); ++i) {
    result[fold_of[static_cast<size_t>(own.of_row[i])]].push_back(rows[i]);
  }
  for (std::vector<int32_t>& fold : result) std::ranges::sort(fold);
  check_every_class_is_trained(labels, rows, result);
  return result;
}

}  // namespace puente
