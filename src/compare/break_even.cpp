#include "compare/break_even.h"

#include <algorithm>
#include <cmath>

namespace puente {

std::optional<int64_t> break_even(double once, double each, double other_each) {
  const double gain = other_each - each;
  if (!(gain > 0) || !(once < gain * 1e15)) return std::nullopt;
  return std::max<int64_t>(1, static_cast<int64_t>(std::floor(once / gain)) + 1);
}

}  // namespace puente
