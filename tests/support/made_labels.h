// A small embedding table with three yes/no labels: itch shows in the image, grew in the text,
// bleed, which is rare and not always known, in both.
#pragma once

#include <array>
#include <string>

#include "puente/table.h"

#include "base/rng.h"

namespace puente::test {

/// Columns id, patient, itch (True, False), grew (yes, no), bleed (1, 0 or empty); groups of one to
/// three rows, whose answers may differ.
inline EmbeddingTable made_labels(int64_t rows = 240, double noise = 0.7, uint64_t seed = 3) {
  Rng rng(seed);
  EmbeddingTable table;
  table.source = "made";
  table.image = Matrix(rows, 16);
  table.text = Matrix(rows, 16);
  table.columns = {{"id", {}}, {"patient", {}}, {"itch", {}}, {"grew", {}}, {"bleed", {}}};
  int64_t patient = 0, left = 0;
  for (int64_t row = 0; row < rows; ++row) {
    if (left == 0) {
      left = 1 + static_cast<int64_t>(rng.below(3));
      ++patient;
    }
    --left;
    const std::array<bool, 3> yes = {rng.below(2) == 0, rng.below(3) == 0, rng.below(5) == 0};
    for (int64_t j = 0; j < 16; ++j) {
      const bool third = j % 3 == 0;
      table.image(row, j) = static_cast<float>((third ? yes[2] : yes[0]) + noise * rng.normal());
      table.text(row, j) = static_cast<float>((third ? yes[2] : yes[1]) + noise * rng.normal());
    }
    table.columns[0].values.push_back("r" + std::to_string(row));
    table.columns[1].values.push_back("p" + std::to_string(patient));
    table.columns[2].values.emplace_back(yes[0] ? "True" : "False");
    table.columns[3].values.emplace_back(yes[1] ? "yes" : "no");
    table.columns[4].values.emplace_back(rng.below(5) == 0 ? "" : yes[2] ? "1" : "0");
  }
  return table;
}

}  // namespace puente::test
