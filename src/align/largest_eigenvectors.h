// The first few eigenvectors of a large symmetric matrix, where a full decomposition would take
// minutes.
#pragma once

#include <Eigen/Core>

namespace puente {

/// `wanted` eigenvectors of the largest eigenvalues of a, [n, wanted], the largest first; a is
/// symmetric and positive semidefinite, of which the upper half is read, n >= wanted. A full
/// decomposition for small n, else Lanczos' method with full reorthogonalisation (Golub and Van
/// Loan, 10.3) until the residuals are below 1e-12 of the largest eigenvalue.
Eigen::MatrixXd largest_eigenvectors(const Eigen::MatrixXd& a, int wanted);

}  // namespace puente
