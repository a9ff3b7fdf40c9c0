// Seeded random matrices for the tests of kernels.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "base/rng.h"

namespace puente::test {

inline Matrix random_matrix(int64_t rows, int64_t cols, uint64_t seed, double spread = 1) {
  Rng rng(seed);
  Matrix m(rows, cols);
  for (int64_t i = 0; i < m.size(); ++i)
    m.data()[i] = static_cast<float>(rng.uniform(-spread, spread));
  return m;
}

}  // namespace puente::test
