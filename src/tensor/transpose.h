// Transposition of a matrix into other memory.
#pragma once

#include "puente/matrix.h"

namespace puente {

/// to [N, M] = from [M, N] transposed; they may not overlap.
void transpose(MatrixView<const float> from, MatrixView<float> to);

}  // namespace puente
