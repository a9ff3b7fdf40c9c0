#include "data/draw_rows.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/rng.h"

namespace puente {

std::vector<int32_t> draw_rows(int64_t there, int64_t wanted, uint64_t seed) {
  std::vector<int32_t> rows(static_cast<size_t>(there));
  std::iota(rows.begin(), rows.end(), 0);
  if (wanted >= there) return rows;
  Rng(seed).shuffle(std::span(rows));
  rows.resize(static_cast<size_t>(wanted));
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace puente
