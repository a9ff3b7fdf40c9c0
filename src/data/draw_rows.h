// Rows drawn by lot, where all of them would take too long.
#pragma once

#include <cstdint>
#include <vector>

namespace puente {

/// `wanted` of the rows 0 .. there - 1, ascending, the same ones for the same seed; all, where
/// there are no more.
std::vector<int32_t> draw_rows(int64_t there, int64_t wanted, uint64_t seed = 0);

}  // namespace puente
