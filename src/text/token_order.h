// Sorting token sequences, of which many are equal or start alike.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace puente {

/// Indices of `texts` in lexicographic order; equal texts stand together, by ascending index. Each
/// token is looked at about once, however much the texts share. Ids must not be negative.
std::vector<int32_t> lexicographic_order(std::span<const std::span<const int32_t>> texts);

/// How many tokens two texts have in common at their start.
int64_t common_prefix(std::span<const int32_t> a, std::span<const int32_t> b);

}  // namespace puente
