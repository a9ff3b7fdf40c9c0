// Embedding tables as one CSV file, and the CSV of ordinary columns that lies beside vectors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "puente/table.h"

namespace puente {

/// A CSV that holds the vectors itself.
EmbeddingTable read_csv_table(const std::filesystem::path& path);

/// A CSV that lies beside `vectors`, with one record per vector. UserError if it holds vectors
/// itself.
std::vector<Column> read_side_columns(const std::filesystem::path& path,
                                      const std::filesystem::path& vectors);

}  // namespace puente
