// Floats to the blocks of dequantise.h, as ggml's reference (quantize_row_q8_0_ref and
// quantize_row_q4_0_ref) rounds them: for the files of the tests and benchmarks.
#pragma once

#include <cstddef>
#include <span>

#include "formats/ggml_type.h"

namespace puente {

/// `type` is one of F32, F16, BF16, Q8_0 and Q4_0. values.size() is a multiple of its block_size(),
/// `blocks` have the size of so many. Values are finite.
///
///   Q8_0   d = max |v| / 127; q = v / d, ties away from zero
///   Q4_0   d = m / -8, m being the value of the largest size, the first of equals;
///          q = floor(v / d + 8.5), at most 15
///
/// v / d is v times the float nearest to 1 / d; d is rounded to f16 only where it is stored.
void quantise(GgmlType type, std::span<const float> values, std::span<std::byte> blocks);

}  // namespace puente
