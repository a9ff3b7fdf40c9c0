#include "eval/spread.h"

#include <cmath>

namespace puente {

Spread spread_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Spread spread;
  for (const double value : values) spread.mean += value;
  spread.mean /= n;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.sd = values.size() < 2 ? std::nan("") : std::sqrt(squares / (n - 1));
  return spread;
}

}  // namespace puente
