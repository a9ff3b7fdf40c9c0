// What the same figure is over repeated trainings (seeds, repeats), or over resamples.
#pragma once

#include <span>

namespace puente {

struct Spread {
  double mean = 0;  // NaN for no values
  double sd = 0;    // with n - 1; NaN for fewer than two values
};

Spread spread_of(std::span<const double> values);

}  // namespace puente
