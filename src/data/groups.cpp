#include "data/groups.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/split.h"

namespace puente {

namespace {

int32_t stratum_of(const Group& group, const RowClasses& labels,
                   const std::vector<int64_t>& sizes) {
  if (group.classes.empty()) return 0;
  if (labels.per_row == 1) {
    const auto most = std::ranges::max_element(group.class_rows);
    return group.classes[static_cast<size_t>(most - group.class_rows.begin())];
  }
  return *std::ranges::min_element(group.classes, {},
                                   [&](int32_t k) { return sizes[static_cast<size_t>(k)]; });
}

}  // namespace

std::vector<Group> groups_of(const RowClasses& labels, const Categories& groups) {
  PUENTE_ASSERT(labels.rows() == static_cast<int64_t>(groups.of_row.size()));
  std::vector<Group> result(groups.names.size());
  std::vector<std::pair<int32_t, int32_t>> pairs;  // group, class
  pairs.reserve(labels.of_row.size());
  for (size_t i = 0; i < groups.of_row.size(); ++i) {
    ++result[static_cast<size_t>(groups.of_row[i])].rows;
    for (const int32_t k : labels.at(static_cast<int64_t>(i))) {
      if (k != kNoAnswer) pairs.emplace_back(groups.of_row[i], k);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  for (size_t begin = 0; begin < pairs.size();) {
    size_t end = begin;
    while (end < pairs.size() && pairs[end] == pairs[begin]) ++end;
    Group& group = result[static_cast<size_t>(pairs[begin].first)];
    group.classes.push_back(pairs[begin].second);
    group.class_rows.push_back(static_cast<int64_t>(end - begin));
    begin = end;
  }
  const std::vector<int64_t> sizes = labels.sizes();
  for (Group& group : result) group.stratum = stratum_of(group, labels, sizes);
  return result;
}

std::vector<int64_t> groups_per_class(const std::vector<Group>& groups, size_t classes) {
  std::vector<int64_t> count(classes);
  for (const Group& group : groups) {
    for (int32_t k : group.classes) ++count[static_cast<size_t>(k)];
  }
  return count;
}

std::optional<int32_t> untrained_class(const RowClasses& labels, std::span<const int32_t> rows,
                                       std::span<const int32_t> train) {
  std::vector<bool> missing(labels.names.size(), false);
  const auto mark = [&](std::span<const int32_t> some, bool value) {
    for (const int32_t row : some) {
      for (const int32_t k : labels.at(row)) {
        if (k != kNoAnswer) missing[static_cast<size_t>(k)] = value;
      }
    }
  };
  mark(rows, true);
  mark(train, false);
  const auto first = std::ranges::find(missing, true);
  if (first == missing.end()) return std::nullopt;
  return static_cast<int32_t>(first - missing.begin());
}

std::string class_with_groups(const std::string& name, int64_t groups) {
  return fmt::format("{} ({} group{})", name, groups, groups == 1 ? "" : "s");
}

void require_two_classes(const RowClasses& labels) {
  if (labels.names.size() < 2) {
    fail("the label has {} class{}; a classifier needs two", labels.names.size(),
         labels.names.empty() ? "es" : fmt::format(" ('{}')", labels.names[0]));
  }
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
