#include "experiment/dataset.h"

#include "base/error.h"
#include "data/manifest.h"
#include "data/rows_at.h"
#include "data/split.h"

namespace puente {
namespace {

std::vector<int32_t> labelled_rows(const Column& label) {
  std::vector<int32_t> rows;
  for (size_t row = 0; row < label.values.size(); ++row) {
    if (!is_blank(label.values[row])) rows.push_back(static_cast<int32_t>(row));
  }
  return rows;
}

void categorise(Dataset& dataset) {
  const EmbeddingTable& table = dataset.table;
  const DatasetOptions& options = dataset.options;
  dataset.labels = categories_of(
      require_column(table.columns, options.label, "--label", table.source), table.source);
  dataset.groups =
      options.group
          ? categories_of(require_column(table.columns, *options.group, "--group", table.source),
                          table.source)
          : each_row_alone(table.rows());
}

}  // namespace

Dataset make_dataset(EmbeddingTable table, const DatasetOptions& options) {
  Dataset dataset;
  dataset.options = options;
  const std::vector<int32_t> labelled =
      labelled_rows(require_column(table.columns, options.label, "--label", table.source));
  if (options.group) {  // here, where rows still have their numbers
    const Column& group = require_column(table.columns, *options.group, "--group", table.source);
    for (const int32_t row : labelled) {
      require_value(group, static_cast<size_t>(row), table.source);
    }
  }
  dataset.unlabelled = table.rows() - static_cast<int64_t>(labelled.size());
  dataset.table_row.assign(labelled.begin(), labelled.end());
  dataset.table = dataset.unlabelled > 0 ? rows_at(table, labelled) : std::move(table);
  if (dataset.table.rows() > 0) categorise(dataset);
  if (options.min_groups > 0) {
    KeptClasses kept = keep_classes(dataset.labels, dataset.groups, options.min_groups);
    dataset.left_out = std::move(kept.left_out);
    if (!dataset.left_out.empty()) {
      dataset.table = rows_at(dataset.table, kept.rows);
      std::vector<int64_t> table_row;
      for (const int32_t row : kept.rows) {
        table_row.push_back(dataset.table_row[static_cast<size_t>(row)]);
      }
      dataset.table_row = std::move(table_row);
      if (dataset.table.rows() > 0) categorise(dataset);
    }
  }
  if (dataset.table.rows() == 0 || dataset.classes() < 2) {
    fail("{}: column '{}' has {} class{} {}; a classifier needs two", dataset.table.source,
         options.label, dataset.table.rows() == 0 ? 0 : dataset.classes(),
         dataset.classes() == 1 ? "" : "es",
         dataset.left_out.empty() ? "only"
                                  : fmt::format("left after --min-groups {}", options.min_groups));
  }
  if (options.ordinal) {
    dataset.order = class_order(dataset.labels.names, *options.ordinal, options.label);
  }
  return dataset;
}

}  // namespace puente
