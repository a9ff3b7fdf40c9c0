// predictions.csv: a line for every scored row.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "experiment/run.h"

namespace puente {

/// Columns: `lead` (what the caller says of each row), row (of the table, from 1), the table's own
/// columns, true_class, predicted_class, probability_CLASS ...; with several labels for each of
/// them true_LABEL (empty where it is not known), predicted_LABEL, probability_LABEL (of yes).
template <class Target>
class BasicPredictionFile {
 public:
  using Dataset = typename Target::Dataset;

  BasicPredictionFile(const std::filesystem::path& path, const Dataset& dataset,
                      std::vector<std::string> lead = {});
  /// predictions[i] is that of row rows[i] of the dataset.
  void add(std::span<const int32_t> rows, const typename Target::Predictions& predictions);
  void add(int32_t row, std::span<const float> probabilities, std::vector<std::string> lead = {});
  /// The file is there from now on.
  void commit();

 private:
  const Dataset& dataset_;
  AtomicFile file_;
  std::string lines_;
};

using PredictionFile = BasicPredictionFile<SingleLabel>;

}  // namespace puente
