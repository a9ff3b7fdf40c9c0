// Small tables, and what an alignment fitted on all of their rows makes of them.
#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "puente/table.h"

#include "align/alignment.h"
#include "base/rng.h"

namespace puente::test {

inline EmbeddingTable random_table(int64_t rows, int64_t image_dim, int64_t text_dim) {
  Rng rng(1);
  EmbeddingTable table;
  table.image = Matrix(rows, image_dim);
  table.text = Matrix(rows, text_dim);
  for (Matrix* m : {&table.image, &table.text}) {
    for (int64_t i = 0; i < m->size(); ++i) m->data()[i] = static_cast<float>(rng.normal());
  }
  return table;
}

inline std::vector<int32_t> all_rows(const EmbeddingTable& table) {
  std::vector<int32_t> rows(static_cast<size_t>(table.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

inline AlignedTable aligned(const std::string& spec, const EmbeddingTable& table) {
  return Alignment(AlignSpec::parse(spec), table, all_rows(table)).apply(table);
}

}  // namespace puente::test
