// The directions in which rows vary, most first: the axes of their covariance.
#pragma once

#include <cstdint>
#include <vector>

#include "puente/matrix.h"

namespace puente {

/// r axes, as many as the rows have: those with at least 1e-10 of the first's variance.
struct PrincipalAxes {
  std::vector<double> mean;      // [d] of the rows
  std::vector<double> variance;  // [r], descending, with n - 1
  BasicMatrix<double> axes;  // [d, r], of length one; the largest coordinate of each is positive
};

/// rows [n, d]. Works on d x d or n x n numbers, whichever are fewer.
PrincipalAxes principal_axes(const BasicMatrix<double>& rows);

}  // namespace puente
