// RoughSolve: A x = b for several b at once, in single precision from a Cholesky factor of A. Reads
// half as much as Cholesky::solve and is right to some digits only: for preconditioners.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "heads/cholesky.h"

namespace puente {

class RoughSolve {
 public:
  /// `factor` must be ok().
  explicit RoughSolve(const Cholesky& factor);

  /// Every row of x [m, n] holds a right side b and becomes the solution.
  void solve(MatrixView<double> x) const;

 private:
  int64_t n_ = 0;
  AlignedVector<float> u_;  // U's rows from the diagonal on, one after another
};

}  // namespace puente
