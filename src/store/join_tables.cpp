#include <unordered_map>

#include "base/error.h"
#include "formats/csv.h"
#include "store/table_io.h"

namespace puente {
namespace {

using RowOfId = std::unordered_map<std::string_view, int64_t>;

const Column& id_column(const EmbeddingTable& table, const std::string& id) {
  if (const Column* column = table.find(id)) return *column;
  std::string names;
  for (const Column& column : table.columns) names += (names.empty() ? "" : ", ") + column.name;
  fail("{}: no column {} to join by (--id); it has {}", table.source, quoted_excerpt(id),
       names.empty() ? "none" : names);
}

RowOfId index_rows(const EmbeddingTable& table, const Column& ids) {
  RowOfId rows;
  for (size_t i = 0; i < ids.values.size(); ++i) {
    const std::string& value = ids.values[i];
    if (value.empty()) fail("{}: row {}: column {} is empty", table.source, i + 1, ids.name);
    const auto [known, added] = rows.emplace(value, static_cast<int64_t>(i));
    if (!added) {
      fail("{}: rows {} and {} both have {} = {}; an id to join by must be unique", table.source,
           known->second + 1, i + 1, ids.name, quoted_excerpt(value));
    }
  }
  return rows;
}

/// UserError if some of the ids are not in `rows`.
void require_all(const Column& ids, const RowOfId& rows, const EmbeddingTable& has,
                 const EmbeddingTable& lacks) {
  constexpr int64_t kShown = 3;
  int64_t missing = 0;
  std::string first;
  for (const std::string& value : ids.values) {
    if (rows.contains(value)) continue;
    if (missing++ < kShown) first += (first.empty() ? "" : ", ") + quoted_excerpt(value);
  }
  if (missing == 0) return;
  fail("{}: {} of {} values of {} are not in {}: {}{}", has.source, missing, ids.values.size(),
       ids.name, lacks.source, first, missing > kShown ? ", ..." : "");
}

Matrix pick_rows(const Matrix& from, std::span<const int64_t> rows) {
  Matrix picked(static_cast<int64_t>(rows.size()), from.cols());
  for (size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(from.row(rows[i]), from.cols(), picked.row(static_cast<int64_t>(i)));
  }
  return picked;
}

}  // namespace

EmbeddingTable join_tables(EmbeddingTable left, EmbeddingTable right, const std::string& id) {
  if ((left.has_image() && right.has_image()) || (left.has_text() && right.has_text())) {
    fail("{} and {} both hold {} vectors; join a table of images and one of texts", left.source,
         right.source, left.has_image() && right.has_image() ? "image" : "text");
  }
  const Column& left_ids = id_column(left, id);
  const Column& right_ids = id_column(right, id);
  const RowOfId left_rows = index_rows(left, left_ids);
  const RowOfId right_rows = index_rows(right, right_ids);
  require_all(left_ids, right_rows, left, right);
  require_all(right_ids, left_rows, right, left);

  std::vector<int64_t> order;  // the row of `right` that belongs to each row of `left`
  for (const std::string& value : left_ids.values) order.push_back(right_rows.at(value));
  if (right.has_image()) left.image = pick_rows(right.image, order);
  if (right.has_text()) left.text = pick_rows(right.text, order);
  std::vector<Column> added;  // apart from left.columns, into which left_ids points
  for (Column& column : right.columns) {
    if (left.find(column.name) != nullptr) continue;
    Column& ordered = added.emplace_back(Column{column.name, {}});
    for (const int64_t row : order) {
      ordered.values.push_back(std::move(column.values[static_cast<size_t>(row)]));
    }
  }
  for (Column& column : added) left.columns.push_back(std::move(column));
  left.source += " + " + right.source;
  return left;
}

}  // namespace puente
