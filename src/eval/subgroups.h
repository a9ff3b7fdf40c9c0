// Subgroups: the metrics of the rows with each value of a column (sex, site) or in each band of a
// numeric one (age), and how far apart the subgroups are. No intervals: for those, count a
// subgroup's rows with the Scorer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "puente/table.h"

#include "eval/scorer.h"

namespace puente {

/// Figures of fewer rows are not shown: they would be noise, and may point at a person.
inline constexpr int64_t kSmallestSubgroup = 10;

/// Which subgroup each row is in. Rows without a value are a subgroup of their own, the last one.
struct Subgrouping {
  std::string column;
  std::vector<std::string> names;
  std::vector<int32_t> of_row;  // [N], indexes names
};

/// A subgroup per value, in the order of categories_of(). These functions throw UserError for a
/// column in which no row has a value; `source` is the file, for messages.
Subgrouping subgroups_by_value(const Column& column, const std::string& source);

/// Bands [cut, next cut), and what is below the first and from the last on. UserError if the cuts
/// are not in ascending order, or a value is not a number.
Subgrouping subgroups_in_bands(const Column& column, const std::string& source,
                               std::span<const double> cuts);

/// The cuts at the 25th, 50th and 75th percentile of the values there are (numpy's linear ones);
/// fewer where they coincide with each other or with the lowest value, but at least one, so that
/// there are two bands with rows. UserError if a value is not a number, or all are the same.
std::vector<double> quartiles_of(const Column& column, const std::string& source);

/// How the rows of a column are told apart, so that other rows can be told apart alike.
struct SubgroupRule {
  std::string column;
  std::vector<double> cuts;  // of its bands; none: by value
};

/// In quartile bands of `rows` where all values are numbers and more than ten of these rows'
/// differ; else by value. `rows` are those of training: the test rows decide nothing.
SubgroupRule subgroup_rule(const Column& column, std::span<const int32_t> rows,
                           const std::string& source);

/// UserError as subgroups_by_value() or subgroups_in_bands().
Subgrouping subgroups_by(const SubgroupRule& rule, const Column& column, const std::string& source);

struct Subgroup {
  std::string name;
  int64_t rows = 0;
  std::optional<Evaluation> evaluation;  // nothing under kSmallestSubgroup rows
};

/// The largest difference of one figure between two subgroups.
struct SubgroupGap {
  std::string figure;  // "accuracy", "AUC", ..., "recall"
  std::optional<int32_t>
      of_class;  // whose recall (if binary: 1 the sensitivity, 0 the specificity)
  double difference = 0;
  std::string lowest;  // the first of them in the subgroups' order, where several are
  std::string highest;
};

struct SubgroupEvaluation {
  std::string column;
  std::vector<Subgroup> subgroups;
  std::vector<SubgroupGap> gaps;
};

/// For accuracy, balanced accuracy, macro F1, AUC, average precision, kappa of an ordinal label and
/// each class's recall, over the subgroups whose figure is shown and a number (a recall: of at
/// least kSmallestSubgroup rows of the class). No gap where fewer than two are left.
std::vector<SubgroupGap> largest_gaps(std::span<const Subgroup> subgroups);

/// `subgrouping` is of the scorer's rows.
SubgroupEvaluation evaluate_subgroups(const Scorer& scorer, const Subgrouping& subgrouping);

}  // namespace puente
