#include <set>

#include "base/error.h"
#include "data/groups.h"
#include "data/split.h"

namespace puente {

std::vector<Split> site_splits(const RowClasses& labels, const Categories& groups,
                               const Categories& sites) {
  PUENTE_ASSERT(sites.of_row.size() == groups.of_row.size() &&
                labels.rows() == static_cast<int64_t>(groups.of_row.size()));
  require_two_classes(labels);
  if (sites.count() < 2)
    fail("all rows are of one site: leaving it out leaves nothing to train on");
  const std::vector<int32_t> all = first_numbers(sites.of_row.size());
  std::vector<Split> splits;
  for (int32_t site = 0; site < sites.count(); ++site) {
    Split& split = splits.emplace_back();
    std::set<int32_t> groups_of_site;
    for (const int32_t row : all) {
      const auto r = static_cast<size_t>(row);
      if (sites.of_row[r] == site) groups_of_site.insert(groups.of_row[r]);
    }
    for (const int32_t row : all) {
      const auto r = static_cast<size_t>(row);
      (sites.of_row[r] == site                     ? split.test
       : groups_of_site.contains(groups.of_row[r]) ? split.left_out
                                                   : split.train)
          .push_back(row);
    }
    if (const auto k = untrained_class(labels, all, split.train)) {
      fail("site {}: class {} has no rows elsewhere that could train it",
           sites.names[static_cast<size_t>(site)], labels.names[static_cast<size_t>(*k)]);
    }
  }
  return splits;
}

}  // namespace puente
