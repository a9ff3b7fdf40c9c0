// ROC, precision-recall and reliability of a test.
#pragma once

#include <string>

#include "formats/json.h"

namespace puente {

/// `curves`: curves.json.
std::string roc_figure(const Json& curves, const std::string& name);
std::string precision_recall_figure(const Json& curves, const std::string& name);

/// `assessment`: of one label, as metrics.json has it: how often the predicted class is right by
/// how sure the classifier is, with and without the temperature, and how many rows that is.
std::string reliability_figure(const Json& assessment, const std::string& name);

}  // namespace puente
