// An assessment of test predictions as JSON and as tables for the terminal.
#pragma once

#include <string>
#include <vector>

#include "data/label_set.h"
#include "experiment/assessment.h"
#include "formats/json.h"

namespace puente {

Json assessment_json(const Assessment& assessment, const std::vector<std::string>& classes);
std::string assessment_text(const Assessment& assessment, const std::vector<std::string>& classes);
/// One for each label.
Json assessment_json(const std::vector<Assessment>& assessments, const LabelSet& labels);
std::string assessment_text(const std::vector<Assessment>& assessments, const LabelSet& labels);

}  // namespace puente
