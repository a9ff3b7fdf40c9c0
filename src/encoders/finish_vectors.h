// The last step of every encoder: vectors to unit length where that is wanted, and none that is not
// finite: weights that are finite can still overflow, and such a vector must not reach a table.
#pragma once

#include <filesystem>
#include <string>

#include "puente/matrix.h"

namespace puente {

struct VectorFinish {
  std::filesystem::path folder;
  std::string half;  // "vision", for the message
  bool normalise = false;
};

/// UserError that names the folder.
void finish_vectors(const VectorFinish& finish, MatrixView<float> vectors);

}  // namespace puente
