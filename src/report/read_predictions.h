// A predictions.csv of one label, read back (report/prediction_file.h writes it).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "eval/metrics.h"

namespace puente {

struct SavedPredictions {
  Predictions predictions;
  std::vector<int32_t> group;      // of each row; every row its own where there are none
  std::vector<std::string> row;    // of the table, as the file has it
  std::vector<std::string> names;  // of the classes
};

/// `group`: the column of the groups, empty for none. UserError for a file that is none.
SavedPredictions read_predictions(const std::filesystem::path& path, const std::string& group);

}  // namespace puente
