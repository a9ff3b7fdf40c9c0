// y = activation(x B + bias), or x B + bias + residual, in fp32, on the calling thread only.
//
// Every element is one chain of multiply-adds over k in ascending order, begun with its bias, in
// every variant of the kernel. So a row's result does not depend on the other rows, on how many
// there are or where among them it stands, and every CPU with fused multiply-add gives the same
// bits. (Library kernels measured here keep that promise on some CPUs only.)
//
// Not for training (see nn/).
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "tensor/packed_matrix.h"

namespace puente {

enum class Activation {
  none,
  quick_gelu,  // x * sigmoid(1.702 x)
  gelu,        // x * (1 + erf(x / sqrt 2)) / 2
};

struct Epilogue {
  const float* bias = nullptr;  // [panels * 16], zeros after column N; nullptr: no bias
  Activation activation = Activation::none;
  MatrixView<const float> residual;  // [M, N], added last; must not be y itself; no data: none.
                                     // Not together with an activation
};

/// A worker's copy of the rows of x at hand.
struct MultiplyScratch {
  AlignedVector<float> rows;
};

/// x [M, K], b [K, N], y [M, N]. M may be 0; K and N at least 1. y may not overlap x.
void multiply(MatrixView<const float> x, const PackedMatrix& b, const Epilogue& epilogue,
              MatrixView<float> y, MultiplyScratch& scratch);

}  // namespace puente
