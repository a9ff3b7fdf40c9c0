// Products of rows and weights that are both quantised in blocks of 32, on the calling thread only:
//   y = activation(x B + bias), or y = y + x B + bias.
// The whole numbers of a block are summed exactly; its sum times the column's scale and the row's
// joins, with one rounding, a chain in float over the blocks of a span in ascending order, whose
// end joins, with one rounding, a chain over the spans, begun with the bias (and with y). So a
// row's result depends on nothing but the row, and every CPU with fused multiply-add gives the same
// bits.
#pragma once

#include "puente/matrix.h"

#include "tensor/block_matrix.h"
#include "tensor/block_rows.h"
#include "tensor/epilogue.h"

namespace puente {

/// x [M, K], b [K, N], y [M, N]. M may be 0.
void multiply(const BlockRows& x, const BlockMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y);

}  // namespace puente
