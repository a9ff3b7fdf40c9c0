// The fast form of nn/gelu.h, in float, with kernels chosen at run time for the CPU (Highway).
#pragma once

#include "puente/matrix.h"

#include "nn/gelu.h"

namespace puente {

/// y = gelu(x), both [M, C]; y may be x.
void gelu_rows(GeluKind kind, MatrixView<const float> x, MatrixView<float> y);

/// d = d * gelu'(x), both [M, C].
void gelu_rows_backward(GeluKind kind, MatrixView<const float> x, MatrixView<float> d);

}  // namespace puente
