// How a training went, and what more rows would give.
#pragma once

#include <string>

#include "formats/json.h"

namespace puente {

/// `metrics`: of a training, whose epochs it shows: losses, and the figures that chose the epoch.
std::string training_figure(const Json& metrics, const std::string& name);

/// `baselines`: baselines.json with a learning curve: macro F1 and its interval by training rows.
std::string learning_curve_figure(const Json& baselines, const std::string& name);

}  // namespace puente
