// MultiLabelDataset: an embedding table with several questions, each answered by yes or no
// (data/label_set.h), which one classifier learns together. A row without an answer to one of them
// trains and scores the others; rows without any answer are left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "puente/table.h"

#include "data/label_set.h"
#include "data/split.h"
#include "experiment/dataset.h"

namespace puente {

struct MultiLabelDataset : GroupedTable {
  LabelSet labels;
};

/// `labels`: the columns, two or more; options.label becomes their names. UserError if a column is
/// not there, is no yes/no column (label_set_of()), or a group is missing, and for min_groups and
/// ordinal, which are about the classes of one label.
MultiLabelDataset make_multi_label_dataset(EmbeddingTable table,
                                           const std::vector<std::string>& labels,
                                           DatasetOptions options);

/// Of answers that were read already; those of a row each of the table. UserError if no row has
/// any, or a group is missing.
MultiLabelDataset answered_dataset(EmbeddingTable table, const LabelSet& answers,
                                   DatasetOptions options);

/// One label's question alone, of the rows where it is known.
struct OneLabel {
  Dataset dataset;
  std::vector<int32_t> rows;  // in the whole, for each row here

  /// The same parts, in the numbers of `dataset`.
  Split split(const Split& whole) const;
};

enum class Vectors { none, all };
/// With the vectors or without, which are most of a table.
OneLabel one_label(const MultiLabelDataset& dataset, int64_t label, Vectors vectors);

}  // namespace puente
