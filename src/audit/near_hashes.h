// Pairs of 64-bit hashes that differ in few bits, without looking at all pairs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace puente {

inline constexpr int kMostNearBits = 11;

/// Calls use(a, b) once for every two hashes, a < b, that differ in at most `bits` <= kMostNearBits
/// bits, in an order that depends on the hashes alone. Of four parts of 16 bits at least one then
/// differs in two bits or fewer: a table of each part finds the candidates (multi-index hashing,
/// Norouzi, Punjani and Fleet 2012).
void for_near_hashes(std::span<const uint64_t> hashes, int bits,
                     const std::function<void(int32_t a, int32_t b)>& use);

}  // namespace puente
