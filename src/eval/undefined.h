// What stands for a figure that the rows do not determine, such as an AUC of one class.
#pragma once

#include <limits>

namespace puente {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace puente
