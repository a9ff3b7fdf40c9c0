// Folds: a partition of rows for cross-validation, with groups kept whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/labels.h"
#include "data/row_classes.h"

namespace puente {

/// The rows of each fold, ascending. A group is in one fold. Groups are dealt one by one, the large
/// ones first and equal ones by lot, each to the fold where the classes' shares stay most alike.
/// `rows` are rows of labels and groups. UserError where there are fewer groups
/// than folds, and where a class could not be trained without some fold: one with a single group
/// (named, with --min-groups 2), or groups that mix the classes too much.
std::vector<std::vector<int32_t>> grouped_folds(const RowClasses& labels, const Categories& groups,
                                                std::span<const int32_t> rows, int folds,
                                                uint64_t seed);

}  // namespace puente
