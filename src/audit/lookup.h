// A column as a lookup table: what its values alone say about the class, to a model that has seen
// all groups but the row's own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/labels.h"
#include "eval/metrics.h"

namespace puente {

/// A value that gives the class away.
struct GivenAway {
  int32_t value = 0;
  int32_t label = 0;   // its commonest class
  int64_t rows = 0;    // with this value
  int64_t groups = 0;  // likewise
  double purity = 0;   // share of `rows` that are of class `label`
};

/// The rows of one column, sorted once for many labellings of them.
class Lookup {
 public:
  /// `values` and `groups` are of the same rows.
  Lookup(const Categories& values, const Categories& groups);

  /// Leave-one-group-out: the share of rows whose class is the commonest one among the rows of the
  /// same value in other groups; where there are none, the commonest of all rows. The lower class
  /// on ties. labels [N] in 0 .. classes-1.
  double accuracy(const std::vector<int32_t>& labels, int32_t classes) const;

  /// Values whose class is all but certain, and not by chance: at least 5 groups have the value;
  /// the share of rows of other classes is at most a tenth of what it is in the whole table; and
  /// so few of them have a probability (binomial tail) of at most 0.01 over `tests` (Bonferroni)
  /// even if the value left half of the doubt that the class's share leaves: values of honest
  /// fields predict, and the purest of many such looks certain. Rows of a group count as fewer as
  /// they are alike in class (Kish's design effect, by the intraclass correlation). `tests`: the
  /// tested_values() of all lookups that are asked. By value.
  std::vector<GivenAway> given_away(const std::vector<int32_t>& labels, int32_t classes,
                                    int64_t tests) const;

  /// How many values have groups enough to be asked about.
  int64_t tested_values() const;

 private:
  /// Rows of one group with one value: [begin, end) of rows_.
  struct Cell {
    int32_t group;
    int32_t value;
    int32_t begin;
    int32_t end;
  };
  std::vector<int32_t> rows_;  // by group, then value
  std::vector<Cell> cells_;
  // Of each value:
  std::vector<int64_t> groups_with_;
  std::vector<double> cell_size_;  // rows of its groups, as a row of it sees them on average
  int32_t values_;
  int32_t groups_;
};

/// P(X >= successes) of a binomial variable.
double binomial_tail(int64_t successes, int64_t trials, double probability);

/// The column as a lookup table made on four fifths of the groups and asked about the last, five
/// times (fewer where there are fewer groups): the commonest class of the value, or of all rows
/// where the value is new. At least two groups.
Evaluation cross_validated_lookup(const Categories& values, const Categories& labels,
                                  const Categories& groups, uint64_t seed);

/// The same of a table that knows nothing: the commonest class of the other folds.
Evaluation cross_validated_majority(const Categories& labels, const Categories& groups,
                                    uint64_t seed);

/// Numbers as 20 bins of about equally many rows, named "12 to 15"; what is not a number stays as
/// it is. Nothing to bin where fewer than 9 in 10 of the values that are there are numbers, or no
/// more than 20 are different: then the values as they stand.
Categories binned(const std::vector<std::string>& values);

/// Numbers cut where they tell the classes apart best, for thresholds that bins straddle: the two
/// cuts, one after the other, that leave the least Gini impurity (a tree of three leaves; Breiman
/// et al. 1984). What is not a number stays as it is. The cuts are chosen by the very labels that
/// they are to tell, so that a test has to choose them anew for every permutation.
class Cuts {
 public:
  explicit Cuts(const std::vector<std::string>& values);

  /// False where binned() would leave the values as they stand.
  bool possible() const { return possible_; }
  /// Intervals, ascending, named "12 to 15", then the other values.
  Categories cut(const std::vector<int32_t>& labels, int32_t classes) const;

 private:
  const std::vector<std::string>& values_;          // has to outlive this
  std::vector<std::pair<float, int32_t>> numbers_;  // ascending, with their rows
  bool possible_ = false;
};

}  // namespace puente
