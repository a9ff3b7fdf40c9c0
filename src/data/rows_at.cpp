#include "data/rows_at.h"

#include <algorithm>

#include "base/error.h"

namespace puente {

Matrix rows_at(MatrixView<const float> features, std::span<const int32_t> rows) {
  Matrix out(static_cast<int64_t>(rows.size()), features.cols);
  for (int64_t i = 0; i < out.rows(); ++i) {
    const int32_t row = rows[static_cast<size_t>(i)];
    PUENTE_ASSERT(row >= 0 && row < features.rows);
    std::copy_n(features.row(row), features.cols, out.row(i));
  }
  return out;
}

std::vector<Column> rows_at(std::span<const Column> columns, std::span<const int32_t> rows) {
  std::vector<Column> some;
  for (const Column& column : columns) {
    Column& kept = some.emplace_back(Column{column.name, {}});
    for (const int32_t row : rows) kept.values.push_back(column.values[static_cast<size_t>(row)]);
  }
  return some;
}

EmbeddingTable rows_at(const EmbeddingTable& table, std::span<const int32_t> rows) {
  EmbeddingTable some;
  some.source = table.source;
  if (table.has_image()) some.image = rows_at(table.image, rows);
  if (table.has_text()) some.text = rows_at(table.text, rows);
  some.columns = rows_at(table.columns, rows);
  return some;
}

std::vector<const float*> row_pointers(MatrixView<const float> matrix) {
  std::vector<const float*> pointers;
  for (int64_t i = 0; i < matrix.rows; ++i) pointers.push_back(matrix.row(i));
  return pointers;
}

}  // namespace puente
