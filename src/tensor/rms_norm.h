// Root mean square normalisation (Zhang and Sennrich 2019) of every row:
//   y = x / sqrt(mean(x^2) + epsilon) * gamma
#pragma once

#include "puente/matrix.h"

namespace puente {

struct RmsNorm {
  AlignedVector<float> gamma;  // [C]
  float epsilon = 1e-5f;
};

/// x [M, C] -> y [M, C]; y may be x.
void rms_norm(MatrixView<const float> x, const RmsNorm& norm, MatrixView<float> y);

}  // namespace puente
