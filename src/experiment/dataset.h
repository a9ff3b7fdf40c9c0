// Dataset: an embedding table with a question: which column is the label, which rows belong
// together, which classes are left out. With several labels: multi_label_dataset.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "puente/table.h"

#include "data/class_order.h"
#include "data/labels.h"

namespace puente {

struct DatasetOptions {
  std::string label;                 // of several: "itch,grew"
  std::optional<std::string> group;  // nothing: --no-group, every row alone
  int64_t min_groups = 0;            // classes with fewer groups are left out; 0 keeps all
  /// The classes, lowest first; empty: they are numbers. Nothing: they have no order.
  std::optional<std::vector<std::string>> ordinal = {};
};

/// All of it but the answers.
struct GroupedTable {
  EmbeddingTable table;
  Categories groups;
  DatasetOptions options;
  std::vector<int64_t> table_row;     // row of the table as read (from 0), for each row here
  std::vector<std::string> left_out;  // "vasc (2 groups)"
  int64_t unlabelled = 0;             // rows of the table without a label, left out too

  int64_t rows() const { return static_cast<int64_t>(groups.of_row.size()); }
};

struct Dataset : GroupedTable {
  Categories labels;
  std::optional<ClassOrder> order;  // of an ordinal label's classes

  int64_t classes() const { return labels.count(); }
};

/// UserError if a column is not there, a group is missing, fewer than two classes are left, or
/// they have no such order as options.ordinal says.
Dataset make_dataset(EmbeddingTable table, const DatasetOptions& options);

}  // namespace puente
