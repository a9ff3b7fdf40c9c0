// Splits: which rows train, which choose the epoch, which are scored once at the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/labels.h"

namespace puente {

struct Split {
  std::vector<int32_t> train;
  std::vector<int32_t> validation;  // empty under --protocol paper
  std::vector<int32_t> test;
};

struct HoldoutOptions {
  double test_share = 0.2;
  double validation_share = 0.1;  // of the training groups
  uint64_t seed = 0;
};

/// Group-aware, stratified by each group's commonest label. No group is in two parts. UserError
/// names a class that has too few groups to be in all three parts (fewer than 3), with its count,
/// and --min-groups. Rows come in ascending order within each part.
Split holdout_split(const Categories& labels, const Categories& groups,
                    const HoldoutOptions& options);

/// The authors': 80/20 by image, stratified by label, groups ignored, no validation rows.
Split paper_split(const Categories& labels, double test_share, uint64_t seed);

/// Rows whose class has at least `minimum` groups; the names left out, with their counts.
struct KeptClasses {
  std::vector<int32_t> rows;
  std::vector<std::string> left_out;  // "vasc (2 groups)"
};
KeptClasses keep_classes(const Categories& labels, const Categories& groups, int64_t minimum);

}  // namespace puente
