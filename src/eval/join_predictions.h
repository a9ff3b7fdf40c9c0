// Predictions of several parts as one.
#pragma once

#include <span>

#include "eval/metrics.h"

namespace puente {

/// The rows of one part after those of another; all of the same classes.
Predictions joined(std::span<const Predictions> parts);

}  // namespace puente
