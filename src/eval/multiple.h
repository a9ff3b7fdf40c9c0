// Several tests at once: p-values adjusted so that the chance of even one false finding in the
// whole family stays below the level chosen (Holm 1979, "A simple sequentially rejective multiple
// test procedure"). Holds however the tests depend on each other.
#pragma once

#include <span>
#include <vector>

namespace puente {

/// Holm's step-down adjusted p-values, in the order given. NaN, a test that could not be done,
/// stays NaN and does not count in the family: it cannot be a false finding.
std::vector<double> holm_adjusted(std::span<const double> p);

}  // namespace puente
