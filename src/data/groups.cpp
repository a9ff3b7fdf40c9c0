#include "data/groups.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/split.h"

namespace puente {

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
      group.class_rows.push_back(count);
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

std::optional<int32_t> untrained_class(const Categories& labels, std::span<const int32_t> rows,
                                       std::span<const int32_t> train) {
  std::vector<bool> missing(labels.names.size(), false);
  const auto mark = [&](std::span<const int32_t> some, bool value) {
    for (const int32_t row : some) {
      missing[static_cast<size_t>(labels.of_row[static_cast<size_t>(row)])] = value;
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

void require_two_classes(const Categories& labels) {
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
