// What a bundle says of the rows that it was trained on, and what stands for a half that is absent.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "align/alignment.h"
#include "data/row_classes.h"
#include "data/split.h"
#include "experiment/dataset.h"
#include "formats/json.h"

namespace puente {

/// Of the training rows, but for validation_rows and test_rows.
struct TrainingSummary {
  int64_t rows = 0;
  int64_t groups = 0;
  /// Rows of each class; of several labels "itch True", rows without an answer left out.
  std::vector<std::pair<std::string, int64_t>> per_class;
  int64_t validation_rows = 0;
  int64_t test_rows = 0;
};

TrainingSummary summary_of(const GroupedTable& dataset, const RowClasses& classes,
                           const Split& split);

/// {"rows": 7000, "groups": 5000, "per_class": {"mel": 900}, "validation_rows": .., "test_rows":
/// ..}
Json summary_json(const TrainingSummary& summary);

/// Means over the training rows of what the classifier reads (after alignment): they replace a half
/// of a record that is not there, as `puente baselines` does it. Empty where they are not known.
struct AbsentHalves {
  std::vector<float> image;  // [aligned image dim]
  std::vector<float> text;   // [aligned text dim]
};

AbsentHalves absent_halves(const Alignment& alignment, const EmbeddingTable& table,
                           const std::vector<int32_t>& train);

}  // namespace puente
