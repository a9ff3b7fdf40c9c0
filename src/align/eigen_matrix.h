// Matrices as Eigen sees them, without a copy. For sources of this room alone: Eigen is not in any
// header that others include.
#pragma once

#include <Eigen/Core>

#include "puente/matrix.h"

#include "tensor/products.h"

namespace puente {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMajor = Eigen::MatrixXd;

inline Eigen::Map<const RowMajor> view_of(const BasicMatrix<double>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols()};
}

/// a b^T, by the room of kernels.
inline RowMajor times_transposed(const RowMajor& a, const RowMajor& b) {
  RowMajor c(a.rows(), b.rows());
  multiply_by_transposed<double>({a.data(), a.rows(), a.cols(), a.cols()},
                                 {b.data(), b.rows(), b.cols(), b.cols()},
                                 {c.data(), c.rows(), c.cols(), c.cols()});
  return c;
}

/// A copy of whatever Eigen has computed.
template <class Expression>
BasicMatrix<double> matrix_of(const Expression& expression) {
  BasicMatrix<double> matrix(expression.rows(), expression.cols());
  Eigen::Map<RowMajor>(matrix.data(), matrix.rows(), matrix.cols()) = expression;
  return matrix;
}

}  // namespace puente
