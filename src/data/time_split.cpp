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

/// After the cut are the latest rows, about `share` of them.
Cut cut_latest(std::span<const int32_t> rows, const Categories& groups,
               std::span<const double> times, double share) {
  std::vector<double> their_times;
  for (const int32_t row : rows) their_times.push_back(times[static_cast<size_t>(row)]);
  const double first_after = latest_rows_begin(their_times, share);
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

double latest_rows_begin(std::span<const double> times, double share) {
  PUENTE_ASSERT(!times.empty());
  std::map<double, int64_t> rows_at;
  for (const double time : times) ++rows_at[time];
  const double wanted = share * static_cast<double>(times.size());
  double begin = rows_at.rbegin()->first;
  int64_t latest = 0;
  for (auto at = rows_at.rbegin(); std::next(at) != rows_at.rend(); ++at) {
    const int64_t more = latest + at->second;
    if (latest > 0 && std::abs(static_cast<double>(more) - wanted) >=
                          std::abs(static_cast<double>(latest) - wanted)) {
      break;
    }
    latest = more;
    begin = at->first;
  }
  return begin;
}

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
