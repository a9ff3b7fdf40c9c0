// Choosing whole groups so that their rows come near a number: the heart of a grouped split.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace puente {

/// Which items to take so that the sum of their sizes is near `target`: items are considered in the
/// order given and taken while that brings the sum nearer; then single items are added, removed or
/// exchanged for as long as that helps. Where any item has size 1, the result is within 0.5 of any
/// target that the sum of all can reach. Sizes are positive.
std::vector<bool> pick_near(std::span<const int64_t> sizes, double target);

}  // namespace puente
