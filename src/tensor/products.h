// Matrix products in double with a float or double operand: what the heads spend their time in.
// Every sum has one order, so a result does not depend on where in a matrix it stands or on how
// many others there are. (CPUs whose vectors differ in width give other last digits.)
#pragma once

#include "puente/matrix.h"

namespace puente {

/// c [M, N] = a b^T with a [M, D] and b [N, D].
template <class T>
void multiply_by_transposed(MatrixView<const T> a, MatrixView<const double> b,
                            MatrixView<double> c);

enum class ProductPart { whole, upper };

/// c [M, N] += a^T b with a [R, M] and b [R, N], for R of at most some hundred (who has more adds
/// up). ProductPart::upper: of a square c, what is on and above the diagonal; below it may be
/// changed too.
template <class T>
void add_transposed_product(MatrixView<const double> a, MatrixView<const T> b, MatrixView<double> c,
                            ProductPart part = ProductPart::whole);

/// Rows that one call of the above is best given.
inline constexpr int64_t kProductRows = 128;

/// x^T x of x [R, N], R as large as may be; filled on and above the diagonal.
BasicMatrix<double> upper_gram(MatrixView<const double> x);

}  // namespace puente
