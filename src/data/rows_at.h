// Some rows of a matrix, or of a table.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"
#include "puente/table.h"

namespace puente {

/// Copies of the rows, in their order.
Matrix rows_at(MatrixView<const float> features, std::span<const int32_t> rows);
EmbeddingTable rows_at(const EmbeddingTable& table, std::span<const int32_t> rows);
std::vector<Column> rows_at(std::span<const Column> columns, std::span<const int32_t> rows);

}  // namespace puente
