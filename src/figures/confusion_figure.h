// The confusion matrix of a test.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// `confusion`: as metrics.json has it, [true][predicted]. Shades are shares of the true class;
/// numbers are rows, where there are few enough classes to read them.
std::string confusion_figure(const Json& confusion, const std::vector<std::string>& classes,
                             const std::string& name);

}  // namespace puente
