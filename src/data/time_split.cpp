#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "data/groups.h"
#include "data/split.h"

namespace puente {
namespace {

/// What one cut in time makes of some rows.
struct Cut {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
  std::vector<int32_t> left_out;  // before it, of groups that have rows after it
};

/// After the cut are the latest rows, about `share` of them. Rows of one time are not parted.
Cut cut_latest(std::span<const int32_t> rows, const Categories& groups,
               std::span<const double> times, double share) {
  std::map<double, int64_t> rows_at;
  for (const int32_t row : rows) ++rows_at[times[static_cast<size_t>(row)]];
  const double wanted = share * static_cast<double>(rows.size());
  double first_after = rows_at.rbegin()->first;
  int64_t after = 0;
  for (auto at = rows_at.rbegin(); std::next(at) != rows_at.rend(); ++at) {
    const int64_t more = after + at->second;
    if (after > 0 && std::abs(static_cast<double>(more) - wanted) >=
                         std::abs(static_cast<double>(after) - wanted)) {
      break;
    }
    after = more;
    first_after = at->first;
  }
  Cut cut;
  std::set<int32_t> groups_after;
  for (const int32_t row : rows) {
    if (times[static_cast<size_t>(row)] < first_after) continue;
    cut.after.push_back(row);
    groups_after.insert(groups.of_row[static_cast<size_t>(row)]);
  }
  for (const int32_t row : rows) {
    if (times[static_cast<size_t>(row)] >= first_after) continue;
    (groups_after.contains(groups.of_row[static_cast<size_t>(row)]) ? cut.left_out : cut.before)
        .push_back(row);
  }
  return cut;
}

}  // namespace

Split time_split(const RowClasses& labels, const Categories& groups, std::span<const double> times,
                 double test_share, double validation_share) {
  PUENTE_ASSERT(groups.of_row.size() == times.size() &&
                labels.rows() == static_cast<int64_t>(times.size()));
  require_two_classes(labels);
  const std::set<double> different(times.begin(), times.end());
  if (different.size() < 3) {
    fail("{} different time{}: train, validation and test need one each", different.size(),
         different.size() == 1 ? "" : "s");
  }
  const std::vector<int32_t> all = first_numbers(times.size());
  Cut test = cut_latest(all, groups, times, test_share);
  if (test.before.empty()) {
    fail("every group has rows among the latest {} rows: nothing is left to train on",
         test.after.size());
  }
  Cut validation = cut_latest(test.before, groups, times, validation_share);
  Split split;
  split.train = std::move(validation.before);
  split.validation = std::move(validation.after);
  split.test = std::move(test.after);
  split.left_out = std::move(test.left_out);
  split.left_out.insert(split.left_out.end(), validation.left_out.begin(),
                        validation.left_out.end());
  std::ranges::sort(split.left_out);
  if (const auto k = untrained_class(labels, all, split.train)) {
    fail("class {} has no rows before those that validate and test: it cannot be trained",
         labels.names[static_cast<size_t>(*k)]);
  }
  return split;
}

}  // namespace puente
