// Products with a packed right operand in fp32, on the calling thread only:
//   y = activation(x B + bias), or y = y + x B + bias.
//
// Every element is one chain of multiply-adds over k in ascending order, begun with its bias (and
// with y), in every variant of the kernel. So a row's result does not depend on the other rows, on
// how many there are or where among them it stands, and every CPU with fused multiply-add gives the
// same bits. (Library kernels measured here keep that promise on some CPUs only.)
//
// Training uses it through nn/dense_products.h.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "tensor/epilogue.h"
#include "tensor/float_rows.h"
#include "tensor/packed_matrix.h"

namespace puente {

/// x [M, K], b [K, N], y [M, N]. M may be 0; K and N at least 1. y may not overlap x.
void multiply(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y);
/// The same, with a result that is the next product's operand. Does not accumulate.
void multiply(const FloatRows& x, const PackedMatrix& b, const Epilogue& epilogue, FloatRows& y);
/// The same with x as it lies, which is used where it is: for K of at most a few hundred, as inside
/// attention.
void multiply(MatrixView<const float> x, const PackedMatrix& b, MatrixView<float> y);

}  // namespace puente
