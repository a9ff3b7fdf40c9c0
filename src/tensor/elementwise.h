// The small steps between the matrix products, row by row.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

namespace puente {

/// y[i] = a[i] + b[i]; y may be a or b.
void add(std::span<const float> a, std::span<const float> b, std::span<float> y);

/// y[i] = a[i] * b[i]; y may be a or b.
void multiply(std::span<const float> a, std::span<const float> b, std::span<float> y);

/// The mean of the rows of x [M, N], M > 0 -> y [N]. Sums in float, in order.
void mean_of_rows(MatrixView<const float> x, std::span<float> y);

/// Divides x by its Euclidean length and returns that length. Leaves x alone and returns what it
/// found where that is 0 or not finite. Sums in double.
double normalise_length(std::span<float> x);

/// First index of a NaN or infinity, or -1.
int64_t first_not_finite(std::span<const float> x);

}  // namespace puente
