// Products of quantised rows and quantised weights, on the calling thread only:
//   y = activation(x B + bias), or y = y + x B + bias.
// The whole numbers are summed exactly, in 32 bits, on every CPU; one rounding to float, then
// scales, outliers and the epilogue in float. So a row's result depends on nothing but the row, and
// CPUs with the same form (quantised_rows.h) give the same bits.
#pragma once

#include "puente/matrix.h"

#include "tensor/epilogue.h"
#include "tensor/quantised_matrix.h"
#include "tensor/quantised_rows.h"

namespace puente {

/// x [M, K], b [K, N], y [M, N].
void multiply(const QuantisedRows& x, const QuantisedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y);

}  // namespace puente
