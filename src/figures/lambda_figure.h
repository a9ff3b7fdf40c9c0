// Figures 4 to 6 of the paper: accuracy, macro F1 and AUC against lambda.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// The methods of a sweep's metrics.json that were tried with several lambdas.
std::vector<std::string> swept_methods(const Json& metrics);

/// A line for early and one for late fusion, means over the seeds with their 95 % intervals; a
/// dashed line where the vectors were not aligned; a ring around the lambda that was chosen.
std::string lambda_figure(const Json& metrics, const std::string& method, const std::string& name);

}  // namespace puente
