#include "align/largest_eigenvectors.h"

#include <algorithm>

#include "align/decompositions.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/rng.h"

namespace puente {
namespace {

constexpr Eigen::Index kSmall = 400;  // a full decomposition takes a tenth of a second
constexpr Eigen::Index kStepsBetweenLooks = 20;
constexpr double kResidual = 1e-12;

Eigen::VectorXd random_vector(Eigen::Index size, Rng& rng) {
  Eigen::VectorXd v(size);
  for (Eigen::Index i = 0; i < size; ++i) v(i) = rng.normal();
  return v;
}

/// v without its parts along the columns of `basis`; twice, because once leaves rounding errors.
void orthogonalise(const Eigen::Ref<const Eigen::MatrixXd>& basis, Eigen::VectorXd& v) {
  for (int i = 0; i < 2; ++i) v -= basis * (basis.transpose() * v);
}

Eigen::MatrixXd lanczos(const Eigen::MatrixXd& a, int wanted) {
  const Eigen::Index n = a.rows();
  Rng rng(0);
  Eigen::MatrixXd basis(n, 8 * kStepsBetweenLooks);
  Eigen::VectorXd diagonal(n), beside(n);
  Eigen::VectorXd v = random_vector(n, rng).normalized();
  for (Eigen::Index step = 0;; ++step) {
    if (step == basis.cols()) basis.conservativeResize(n, std::min(n, 2 * step));
    basis.col(step) = v;
    Eigen::VectorXd next = a.selfadjointView<Eigen::Upper>() * v;
    diagonal(step) = v.dot(next);
    orthogonalise(basis.leftCols(step + 1), next);
    beside(step) = next.norm();
    const Eigen::Index steps = step + 1;
    if (steps == n || steps % kStepsBetweenLooks == 0) {
      check_interrupt();
      const Eigenvectors small =
          eigenvectors_of_tridiagonal(diagonal.head(steps), beside.head(steps - 1));
      const double largest = small.values(step);
      const auto last = small.vectors.row(step).tail(wanted);
      if (steps == n || beside(step) * last.cwiseAbs().maxCoeff() <= kResidual * largest) {
        return basis.leftCols(steps) * small.vectors.rightCols(wanted).rowwise().reverse();
      }
    }
    // The basis spans what a makes of it: go on in another direction.
    if (beside(step) <= kResidual * diagonal.head(steps).maxCoeff()) {
      beside(step) = 0;
      next = random_vector(n, rng);
      orthogonalise(basis.leftCols(steps), next);
    }
    v = next.normalized();
  }
}

}  // namespace

Eigen::MatrixXd largest_eigenvectors(const Eigen::MatrixXd& a, int wanted) {
  PUENTE_ASSERT(wanted >= 1 && a.rows() >= wanted && a.rows() == a.cols());
  if (a.rows() > kSmall) return lanczos(a, wanted);
  const Eigen::MatrixXd whole = a.selfadjointView<Eigen::Upper>();
  return eigenvectors_of(whole).vectors.rightCols(wanted).rowwise().reverse();
}

}  // namespace puente
