// Groups of rows as a split sees them: how many rows, and which classes occur in each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/labels.h"
#include "data/row_classes.h"

namespace puente {

struct Group {
  int64_t rows = 0;
  std::vector<int32_t> classes;     // that occur in it, ascending
  std::vector<int64_t> class_rows;  // of each of them
  /// Its commonest class; of rows with several classes that which has the fewest rows of all, as
  /// Sechidis et al. 2011 ("On the stratification of multi-label data") deal the rarest label
  /// first. The lower one on ties.
  int32_t stratum = 0;
};

/// By group number. labels and groups are of the same rows.
std::vector<Group> groups_of(const RowClasses& labels, const Categories& groups);

/// In how many groups each of the `classes` occurs.
std::vector<int64_t> groups_per_class(const std::vector<Group>& groups, size_t classes);

/// "vasc (2 groups)"
std::string class_with_groups(const std::string& name, int64_t groups);

/// The first class that occurs in `rows` and not in `train`.
std::optional<int32_t> untrained_class(const RowClasses& labels, std::span<const int32_t> rows,
                                       std::span<const int32_t> train);

/// UserError unless the label has at least two classes.
void require_two_classes(const RowClasses& labels);

}  // namespace puente
