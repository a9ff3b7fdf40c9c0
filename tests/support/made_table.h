// A small embedding table with a known answer: class centres plus noise, groups of one to four
// rows.
#pragma once

#include <string>

#include "puente/table.h"

#include "base/rng.h"

namespace puente::test {

struct MadeTable {
  int64_t rows = 240;
  int64_t image_dim = 16;
  int64_t text_dim = 16;
  int64_t classes = 3;
  double noise = 1.0;
  uint64_t seed = 1;
};

/// Columns id, patient, dx ("a", "b", ...). All rows of a patient share the class.
inline EmbeddingTable made_table(const MadeTable& made = {}) {
  Rng rng(made.seed);
  const auto centres = [&](int64_t dim) {
    Matrix m(made.classes, dim);
    for (int64_t i = 0; i < m.size(); ++i) m.data()[i] = static_cast<float>(rng.normal());
    return m;
  };
  const Matrix image_centres = centres(made.image_dim), text_centres = centres(made.text_dim);
  EmbeddingTable table;
  table.source = "made";
  table.image = Matrix(made.rows, made.image_dim);
  table.text = Matrix(made.rows, made.text_dim);
  table.columns = {{"id", {}}, {"patient", {}}, {"dx", {}}};
  const auto fill = [&](Matrix& m, const Matrix& from, int64_t row, int64_t k) {
    for (int64_t j = 0; j < m.cols(); ++j) {
      m(row, j) = from(k, j) + static_cast<float>(made.noise * rng.normal());
    }
  };
  int64_t patient = 0;
  for (int64_t row = 0; row < made.rows; ++patient) {
    const auto k = static_cast<int64_t>(rng.below(static_cast<uint64_t>(made.classes)));
    const auto pictures = static_cast<int64_t>(1 + rng.below(4));
    for (int64_t p = 0; p < pictures && row < made.rows; ++p, ++row) {
      fill(table.image, image_centres, row, k);
      fill(table.text, text_centres, row, k);
      table.columns[0].values.push_back("r" + std::to_string(row));
      table.columns[1].values.push_back("p" + std::to_string(patient));
      table.columns[2].values.push_back(std::string(1, static_cast<char>('a' + k)));
    }
  }
  return table;
}

}  // namespace puente::test
