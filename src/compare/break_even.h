// Break-even: after how many epochs, or how many trainings, has it paid to embed once?
#pragma once

#include <cstdint>
#include <optional>

namespace puente {

/// The fewest times n >= 1 after which `once` + n `each` is less than n `other_each`, all in the
/// same unit (seconds); nothing where `each` is not less than `other_each`: it never pays.
std::optional<int64_t> break_even(double once, double each, double other_each);

}  // namespace puente
