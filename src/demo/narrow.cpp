#include "demo/narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace puente {
namespace {

constexpr int kHalfFractionBits = 10;
constexpr int kSmallestHalfExponent = -14;  // of normal numbers
constexpr double kHalfLimit = 65520;        // from here on 65504 is not the nearest
constexpr uint16_t kHalfInfinity = 0x7c00;
constexpr uint16_t kHalfNan = 0x7e00;

}  // namespace

uint16_t float_to_half(float value) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double size = std::abs(static_cast<double>(value));
  if (std::isnan(value)) return sign | kHalfNan;
  if (size >= kHalfLimit) return sign | kHalfInfinity;
  if (size == 0) return sign;
  // In steps of the last bit; nearbyint rounds ties to even. A fraction that rounds up to the next
  // power of two carries into the exponent by itself.
  const int exponent = std::max(std::ilogb(size), kSmallestHalfExponent);
  const auto steps =
      static_cast<uint32_t>(std::nearbyint(std::ldexp(size, kHalfFractionBits - exponent)));
  const auto biased = static_cast<uint32_t>(exponent - kSmallestHalfExponent);
  return static_cast<uint16_t>(sign | ((biased << kHalfFractionBits) + steps));
}

uint16_t float_to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

}  // namespace puente
