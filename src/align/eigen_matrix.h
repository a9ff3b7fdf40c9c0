// Matrices as Eigen sees them, without a copy. For sources of this room alone: Eigen is not in any
// header that others include.
#pragma once

#include <Eigen/Core>

#include "puente/matrix.h"

namespace puente {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMajor = Eigen::MatrixXd;

inline Eigen::Map<const RowMajor> view_of(const BasicMatrix<double>& matrix) {
  return {matrix.data(), matrix.rows(), matrix.cols()};
}

/// A copy of whatever Eigen has computed.
template <class Expression>
BasicMatrix<double> matrix_of(const Expression& expression) {
  BasicMatrix<double> matrix(expression.rows(), expression.cols());
  Eigen::Map<RowMajor>(matrix.data(), matrix.rows(), matrix.cols()) = expression;
  return matrix;
}

}  // namespace puente
