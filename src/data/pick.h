// Choosing whole groups so that their rows come near a number: the heart of a grouped split.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace puente {

/// Which items to take so that the sum of their sizes comes as near to `target` as any choice can.
/// Items early in the order are preferred, so shuffle them first. Sizes are positive. (Where items
/// times target exceeds 10^8, the plain choice stands: each item in turn, if it brings the sum
/// nearer. That is within half of the largest item.)
std::vector<bool> pick_nearest(std::span<const int64_t> sizes, double target);

}  // namespace puente
