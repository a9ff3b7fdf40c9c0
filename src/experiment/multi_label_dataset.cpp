#include "experiment/multi_label_dataset.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <numeric>

#include "base/error.h"
#include "data/manifest.h"
#include "data/rows_at.h"

namespace puente {
namespace {

std::vector<int32_t> rows_with_an_answer(const LabelSet& labels) {
  std::vector<int32_t> rows;
  for (int64_t row = 0; row < labels.rows(); ++row) {
    for (int64_t l = 0; l < labels.count(); ++l) {
      if (labels.at(row, l) == kNoAnswer) continue;
      rows.push_back(static_cast<int32_t>(row));
      break;
    }
  }
  return rows;
}

}  // namespace

MultiLabelDataset make_multi_label_dataset(EmbeddingTable table,
                                           const std::vector<std::string>& labels,
                                           DatasetOptions options) {
  PUENTE_ASSERT(labels.size() > 1);
  if (options.min_groups > 0) {
    fail("--min-groups is about the classes of one label; of several, leave out a label instead");
  }
  if (options.ordinal) fail("--ordinal is about the classes of one label; these are yes or no");
  std::vector<const Column*> columns;
  for (const std::string& name : labels) {
    columns.push_back(&require_column(table.columns, name, "--label", table.source));
  }
  const LabelSet answers = label_set_of(columns, table.source);
  return answered_dataset(std::move(table), answers, std::move(options));
}

MultiLabelDataset answered_dataset(EmbeddingTable table, const LabelSet& answers,
                                   DatasetOptions options) {
  const std::vector<int32_t> rows = rows_with_an_answer(answers);
  if (rows.empty()) {
    fail("{}: no row has an answer to {}", table.source, fmt::join(answers.names, ", "));
  }
  if (options.group) {  // here, where rows still have their numbers
    const Column& group = require_column(table.columns, *options.group, "--group", table.source);
    for (const int32_t row : rows) require_value(group, static_cast<size_t>(row), table.source);
  }
  MultiLabelDataset dataset;
  dataset.options = std::move(options);
  dataset.options.label = fmt::format("{}", fmt::join(answers.names, ","));
  dataset.unlabelled = table.rows() - static_cast<int64_t>(rows.size());
  dataset.labels = labels_at(answers, rows);
  dataset.table_row.assign(rows.begin(), rows.end());
  dataset.table = dataset.unlabelled > 0 ? rows_at(table, rows) : std::move(table);
  const EmbeddingTable& own = dataset.table;
  dataset.groups = dataset.options.group
                       ? categories_of(*own.find(*dataset.options.group), own.source)
                       : each_row_alone(own.rows());
  return dataset;
}

OneLabel one_label(const MultiLabelDataset& dataset, int64_t label, Vectors vectors) {
  OneLabel one;
  Dataset& own = one.dataset;
  for (int64_t row = 0; row < dataset.rows(); ++row) {
    const int32_t answer = dataset.labels.at(row, label);
    if (answer == kNoAnswer) continue;
    one.rows.push_back(static_cast<int32_t>(row));
    own.labels.of_row.push_back(answer);
    own.table_row.push_back(dataset.table_row[static_cast<size_t>(row)]);
  }
  own.labels.names = dataset.labels.classes(label);
  own.groups = categories_at(dataset.groups, one.rows);
  own.options = dataset.options;
  own.options.label = dataset.labels.names[static_cast<size_t>(label)];
  if (vectors == Vectors::all) {
    own.table = rows_at(dataset.table, one.rows);
  } else {
    own.table.source = dataset.table.source;
    own.table.columns = rows_at(dataset.table.columns, one.rows);
  }
  return one;
}

Split OneLabel::split(const Split& whole) const {
  const auto own = [this](const std::vector<int32_t>& part) {
    std::vector<int32_t> numbers;
    for (const int32_t row : part) {
      const auto at = std::ranges::lower_bound(rows, row);
      if (at != rows.end() && *at == row) {
        numbers.push_back(static_cast<int32_t>(at - rows.begin()));
      }
    }
    return numbers;
  };
  Split split{own(whole.train), own(whole.validation), {}, own(whole.test), own(whole.left_out)};
  for (const std::vector<int32_t>& fold : whole.inner) split.inner.push_back(own(fold));
  return split;
}

}  // namespace puente
