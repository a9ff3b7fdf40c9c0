// float32 to the 16-bit floats that checkpoints come in, rounded to nearest, ties to even.
#pragma once

#include <cstdint>

namespace puente {

/// IEEE half; too large becomes infinity, too small a subnormal or zero.
uint16_t float_to_half(float value);
uint16_t float_to_bfloat16(float value);

}  // namespace puente
