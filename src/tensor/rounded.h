// Rounding faster than a call for each number.
#pragma once

namespace puente {

/// To the nearest whole number, ties to even, for numbers up to 2^22: adding and taking away
/// 1.5 * 2^23 leaves no room for a fraction.
inline float rounded(float x) {
  constexpr float kNoFraction = 12582912.0f;
  return (x + kNoFraction) - kNoFraction;
}

}  // namespace puente
