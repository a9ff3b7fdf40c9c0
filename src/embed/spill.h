// Spill: finished vectors wait on disk, not in memory, until the table is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "base/unnamed_file.h"

namespace puente {

/// [rows, dim] float32, rows written in any order by any thread, then read.
class Spill {
 public:
  /// The file lives in `folder`, next to the output, where there must be room for the table anyway.
  Spill(const std::filesystem::path& folder, int64_t rows, int64_t dim);

  /// Rows [first, first + vectors.rows). UserError if the disk is full.
  void write(int64_t first, MatrixView<const float> vectors);
  /// One row, valid until the next call; for one thread, after all writes.
  std::span<const float> row(int64_t i);

 private:
  UnnamedFile file_;
  int64_t rows_;
  int64_t dim_;
  std::vector<float> row_;  // the row that was read last
};

}  // namespace puente
