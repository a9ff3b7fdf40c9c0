// Protocols: which rows train, which choose the epoch, which are scored.
//   holdout  a fifth of the groups is scored once, at the end
//   kfold    every row is scored once (per repeat), by a training that has not seen its group
//   time     the latest fifth of the rows is scored
//   site     each site in turn is scored by what the others have trained
//   paper    as Restrepo et al. published: split by image, the gap fitted on all rows, and each
//            metric taken at its own best test epoch. Optimistic: the test set chooses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/split.h"
#include "experiment/dataset.h"
#include "experiment/multi_label_dataset.h"

namespace puente {

enum class Protocol { holdout, kfold, time, site, paper };

/// One line that says what the protocol's numbers are worth.
std::string_view caution_of(Protocol protocol);
/// kfold and site train more than once.
bool has_one_split(Protocol protocol);

/// What chooses the epoch, among the rows that are not scored in the end.
enum class Chooser {
  automatic,   // inner folds where there are under 1,000 rows, or under 30 validation rows of a
               // class
  validation,  // a tenth of the groups, which then does not train
  folds,       // grouped cross-validation; then all of the rows train
};

struct ProtocolOptions {
  Protocol kind = Protocol::holdout;
  int folds = 5;            // kfold
  int repeats = 1;          // kfold: each with folds of its own
  std::string column = {};  // time, site
  Chooser chooser = Chooser::automatic;
  uint64_t seed = 0;

  /// "holdout", "kfold", "kfold:10", "kfold:5x3" (folds x repeats), "time:COLUMN", "site:COLUMN",
  /// "paper". UserError lists what there is.
  static ProtocolOptions parse(std::string_view text);
  std::string text() const;
};

struct NamedSplit {
  std::string name;  // "fold 2 of 5", "site Cali"
  int repeat = 0;
  Split split;
};

/// In the order of repeats, then folds or sites. UserError names the table and the column where the
/// rows do not allow the protocol.
std::vector<NamedSplit> make_splits(const Dataset& dataset, const ProtocolOptions& options);
/// For protocols of one split.
Split make_split(const Dataset& dataset, const ProtocolOptions& options);
/// The same for several labels: each answer of each of them is a class (data/row_classes.h).
/// UserError for `paper`, which has one label.
std::vector<NamedSplit> make_splits(const MultiLabelDataset& dataset,
                                    const ProtocolOptions& options);
Split make_split(const MultiLabelDataset& dataset, const ProtocolOptions& options);

}  // namespace puente
