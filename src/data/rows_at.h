// Some rows of a matrix, or of a table; and where its rows are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"
#include "puente/table.h"

namespace puente {

/// Copies of the rows, in their order.
Matrix rows_at(MatrixView<const float> features, std::span<const int32_t> rows);
EmbeddingTable rows_at(const EmbeddingTable& table, std::span<const int32_t> rows);
std::vector<Column> rows_at(std::span<const Column> columns, std::span<const int32_t> rows);

/// Borrowed: where each row begins.
std::vector<const float*> row_pointers(MatrixView<const float> matrix);

}  // namespace puente
