#include "align/decompositions.h"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include "base/error.h"

namespace puente {
namespace {

using SymmetricSolver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

Eigenvectors result_of(const SymmetricSolver& solver) {
  PUENTE_ASSERT(solver.info() == Eigen::Success);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

}  // namespace

Eigenvectors eigenvectors_of(const Eigen::MatrixXd& symmetric) {
  return result_of(SymmetricSolver(symmetric));
}

Eigen::VectorXd eigenvalues_of(const Eigen::MatrixXd& symmetric) {
  const SymmetricSolver solver(symmetric, Eigen::EigenvaluesOnly);
  PUENTE_ASSERT(solver.info() == Eigen::Success);
  return solver.eigenvalues();
}

Eigenvectors eigenvectors_of_tridiagonal(const Eigen::VectorXd& diagonal,
                                         const Eigen::VectorXd& beside) {
  SymmetricSolver solver;
  solver.computeFromTridiagonal(diagonal, beside);
  return result_of(solver);
}

SingularVectors singular_vectors_of(const Eigen::MatrixXd& a) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {svd.matrixU(), svd.matrixV()};
}

}  // namespace puente
