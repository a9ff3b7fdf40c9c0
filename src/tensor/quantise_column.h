// A column of weights made whole numbers, as QuantisedMatrix keeps it. Users wait for it before the
// first vector, so it has kernels of its own.
#pragma once

#include <cstdint>
#include <span>

#include "tensor/quantised_rows.h"

namespace puente {

struct QuantisedColumn {
  float scale = 0;  // 0: a column of zeros, or of numbers so small that they have no scale
  int32_t sum = 0;
};

/// x [K'], K' a multiple of 64, is scale times values [K'], from -127 to 127 and no larger than the
/// form of the rows allows. Bits `shift` and shift + 1 of quarters [K'] become where in its step
/// each number is (quantised_matrix.h). x and quarters lie on 64-byte boundaries.
QuantisedColumn quantise_column(std::span<const float> x, IntegerForm form, int8_t* values,
                                uint32_t* quarters, int shift);

}  // namespace puente
