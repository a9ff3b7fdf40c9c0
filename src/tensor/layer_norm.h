// Layer normalisation (Ba et al. 2016) of every row:
//   y = (x - mean(x)) / sqrt(var(x) + epsilon) * gamma + beta, var divided by C.
#pragma once

#include <span>

#include "puente/matrix.h"

namespace puente {

struct LayerNorm {
  AlignedVector<float> gamma;  // [C]
  AlignedVector<float> beta;   // [C]
  float epsilon = 1e-5f;
};

/// x [M, C] -> y [M, C]; y may be x.
void layer_norm(MatrixView<const float> x, const LayerNorm& norm, MatrixView<float> y);

}  // namespace puente
