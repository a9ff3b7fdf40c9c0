// Cholesky: U with U^T U = A, of a symmetric positive definite A [n, n], and A x = b by it. In
// double, in blocks, on the calling thread.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

namespace puente {

class Cholesky {
 public:
  /// Reads A on and above the diagonal.
  explicit Cholesky(BasicMatrix<double> a);

  /// False where A is not positive definite, to rounding: then there is nothing to solve with.
  bool ok() const { return ok_; }
  /// Every row of x [m, n] holds a right side b and becomes the solution.
  void solve(MatrixView<double> x) const;
  /// U [n, n] on and above the diagonal; below it is whatever was there.
  MatrixView<const double> u() const { return u_; }

 private:
  BasicMatrix<double> u_;
  bool ok_ = true;
};

}  // namespace puente
