// Splits: which rows train, which choose the epoch, which are scored once at the end. With several
// yes/no labels each answer of each label is a class, and a row has several (row_classes.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/labels.h"
#include "data/row_classes.h"

namespace puente {

struct Split {
  std::vector<int32_t> train;
  std::vector<int32_t> validation;  // empty where `inner` chooses, and under --protocol paper
  /// Parts of `train`, no group in two of them: each in turn validates what the others train (inner
  /// cross-validation). Empty where `validation` chooses.
  std::vector<std::vector<int32_t>> inner = {};
  std::vector<int32_t> test;
  /// In no part: rows of groups that are in the test part as well.
  std::vector<int32_t> left_out = {};
};

/// 0 .. count - 1.
std::vector<int32_t> first_numbers(size_t count);
/// Those of `rows` that are not in `part`, in their order.
std::vector<int32_t> rows_without(std::span<const int32_t> rows, std::span<const int32_t> part);

struct HoldoutOptions {
  double test_share = 0.2;
  double validation_share = 0.1;  // of the training groups
  uint64_t seed = 0;
};

/// Group-aware, stratified by each group's commonest label (the lower class on ties). No group is
/// in two parts. Every class is in all three parts, unless groups mix classes so much that no such
/// split is found; beyond that, each stratum's share of the rows comes as near to the options as
/// its groups allow. Depends on the seed and on which rows share a group and a label; with named
/// groups, not on the order of the rows. Rows come in ascending order within each part. UserError
/// for a label of one class; for classes with too few groups to be in all three parts (fewer than
/// 3), with their counts and --min-groups; for a class that would not be trained at all.
Split holdout_split(const RowClasses& labels, const Categories& groups,
                    const HoldoutOptions& options);

/// The time that the latest rows begin at, about `share` of all. Rows of one time are not parted;
/// at least one time is among the latest, and if there are two, not all of them are.
double latest_rows_begin(std::span<const double> times, double share);

/// By time (times.h): the test rows are the latest, about test_share of all, and the validation
/// rows the latest of the rest. Rows of one time stay together. A group that has rows in a later
/// part keeps those only: its earlier rows are left_out. UserError where all rows have one time, or
/// a class would not be trained.
Split time_split(const RowClasses& labels, const Categories& groups, std::span<const double> times,
                 double test_share, double validation_share);

/// One split per site, in the order of their numbers: its rows are the test rows, all others train
/// (no validation rows). Rows of other sites that share a group with the site are left_out.
/// UserError for a single site, or where a class would not be trained, naming the site.
std::vector<Split> site_splits(const RowClasses& labels, const Categories& groups,
                               const Categories& sites);

/// The authors': 80/20 by image, stratified by label, groups ignored, no validation rows. As many
/// rows of each class in each part as scikit-learn's train_test_split(stratify) gives, which rows
/// by lot. One class per row. UserError names a class with one row.
Split paper_split(const RowClasses& labels, double test_share, uint64_t seed);

/// Rows whose class has at least `minimum` groups; the names left out, with their counts.
struct KeptClasses {
  std::vector<int32_t> rows;
  std::vector<std::string> left_out;  // "vasc (2 groups)"
};
KeptClasses keep_classes(const Categories& labels, const Categories& groups, int64_t minimum);

}  // namespace puente
