// A table of predictions for many rows: predictions.csv without the truth.
#pragma once

#include <filesystem>
#include <vector>

#include "puente/table.h"

#include "bundle/bundle.h"
#include "predict/classify.h"

namespace puente {

/// Columns: row (of the table, from 1), the table's own, and of one label predicted_class,
/// probability_CLASS ...; of several for each predicted_LABEL, probability_LABEL (of yes). All
/// probabilities are calibrated. `table`: its columns only; answers as classify_whole() made them.
void write_prediction_table(const std::filesystem::path& path, const std::vector<Bundle>& labels,
                            const EmbeddingTable& table,
                            const std::vector<LabelProbabilities>& answers);

}  // namespace puente
