// predictions.csv: a line for every scored row.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "eval/metrics.h"
#include "experiment/dataset.h"

namespace puente {

/// Columns: `lead` (what the caller says of each row), row (of the table, from 1), the table's own
/// columns, true_class, predicted_class, probability_CLASS ...
class PredictionFile {
 public:
  PredictionFile(const std::filesystem::path& path, const Dataset& dataset,
                 std::vector<std::string> lead = {});
  /// predictions[i] is that of row rows[i] of the dataset.
  void add(std::span<const int32_t> rows, const Predictions& predictions);
  void add(int32_t row, std::span<const float> probabilities, std::vector<std::string> lead = {});
  /// The file is there from now on.
  void commit();

 private:
  const Dataset& dataset_;
  AtomicFile file_;
  std::string lines_;
};

}  // namespace puente
