// Softmax of rows in place, for attention: exp(x - max) / sum over the first so many columns of
// each row, and zero after them.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

namespace puente {

/// x [M, N]. Row i keeps its first min(N, first_valid + i * valid_step) columns: step 0 for all the
/// same, 1 for causal attention. first_valid >= 1. The memory of a row must reach to the next
/// multiple of 16 columns (stride >= that); what lies there is overwritten with zeros.
void softmax(MatrixView<float> x, int64_t first_valid, int64_t valid_step);

}  // namespace puente
