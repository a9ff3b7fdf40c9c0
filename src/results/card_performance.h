// The lines of a model card that hold figures.
#pragma once

#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// A line of a card: text null is for people to fill in.
Json card_entry(const std::string& item, Json text);

/// "0.8123 (0.7400 to 0.8833)"; null where there is no figure.
Json figure_text(const Json& scores, const char* figure);
/// Accuracy, macro F1, AUC and average precision of the test rows with their intervals.
void add_figures(const Json& test, const std::string& before, Json& entries);
/// Of each class.
void add_classes(const Json& test, Json& entries);
/// Calibration and operating points, of each label.
void add_assessment(const Json& metrics, Json& entries);
void add_subgroups(const Json& metrics, Json& entries);

}  // namespace puente
