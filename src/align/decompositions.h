// Eigen's decompositions of dense matrices, in a source of their own: a compiler takes half a
// minute for them, wherever they are used.
#pragma once

#include <Eigen/Core>

namespace puente {

struct Eigenvectors {
  Eigen::VectorXd values;   // ascending
  Eigen::MatrixXd vectors;  // in columns, of length one
};

/// Of a symmetric matrix, of which the lower half is read.
Eigenvectors eigenvectors_of(const Eigen::MatrixXd& symmetric);
Eigen::VectorXd eigenvalues_of(const Eigen::MatrixXd& symmetric);

/// Of the symmetric matrix that has `diagonal` [n] and, above and below it, `beside` [n - 1].
Eigenvectors eigenvectors_of_tridiagonal(const Eigen::VectorXd& diagonal,
                                         const Eigen::VectorXd& beside);

/// a = u diag(s) v^T with s descending, as many columns as the smaller side of a.
struct SingularVectors {
  Eigen::MatrixXd u, v;
};
SingularVectors singular_vectors_of(const Eigen::MatrixXd& a);

}  // namespace puente
