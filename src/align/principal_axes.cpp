#include "align/principal_axes.h"

#include <cmath>

#include "align/decompositions.h"
#include "align/eigen_matrix.h"
#include "base/error.h"

namespace puente {
namespace {

constexpr double kLeastVariance = 1e-10;  // of the first axis'

/// The sign that makes an axis' largest coordinate positive.
double sign_of(const ColumnMajor& axes, int64_t axis) {
  Eigen::Index largest = 0;
  axes.col(axis).cwiseAbs().maxCoeff(&largest);
  return axes(largest, axis) < 0 ? -1 : 1;
}

}  // namespace

PrincipalAxes principal_axes(const BasicMatrix<double>& rows) {
  PUENTE_ASSERT(rows.rows() > 0 && rows.cols() > 0);
  PrincipalAxes result;
  const Eigen::RowVectorXd mean = view_of(rows).colwise().mean();
  result.mean.assign(mean.begin(), mean.end());
  if (rows.rows() < 2) {
    result.axes = BasicMatrix<double>(rows.cols(), 0);
    return result;
  }
  const RowMajor centred = view_of(rows).rowwise() - mean;
  const double freedom = static_cast<double>(rows.rows() - 1);
  const bool by_rows = rows.rows() < rows.cols();
  const int64_t size = by_rows ? rows.rows() : rows.cols();
  // Filled on and above the diagonal, which is below it where Eigen reads columns.
  BasicMatrix<double> products;
  if (by_rows) {
    products = matrix_of(times_transposed(centred, centred));
  } else {
    products = upper_gram({centred.data(), centred.rows(), centred.cols(), centred.cols()});
  }
  const Eigenvectors all =
      eigenvectors_of(Eigen::Map<const ColumnMajor>(products.data(), size, size));
  const Eigen::VectorXd values = all.values.reverse();
  int64_t rank = 0;
  while (rank < size && values[rank] > 0 && values[rank] >= kLeastVariance * values[0]) ++rank;
  // Of n centred rows no more than n - 1 directions are real.
  rank = std::min(rank, rows.rows() - 1);
  ColumnMajor axes = all.vectors.rightCols(rank).rowwise().reverse();
  if (by_rows) {
    axes = (centred.transpose() * axes).eval();
    axes.colwise().normalize();
  }
  result.axes = BasicMatrix<double>(rows.cols(), rank);
  for (int64_t r = 0; r < rank; ++r) {
    result.variance.push_back(values[r] / freedom);
    const double sign = sign_of(axes, r);
    for (int64_t j = 0; j < rows.cols(); ++j) result.axes(j, r) = sign * axes(j, r);
  }
  return result;
}

}  // namespace puente
