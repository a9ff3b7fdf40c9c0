#include "bundle/training_summary.h"

#include <unordered_set>

#include "data/rows_at.h"
#include "experiment/absent_half.h"

namespace puente {
TrainingSummary summary_of(const GroupedTable& dataset, const RowClasses& classes,
                           const Split& split) {
  TrainingSummary summary;
  summary.rows = static_cast<int64_t>(split.train.size());
  std::unordered_set<int32_t> groups;
  for (const int32_t row : split.train) {
    groups.insert(dataset.groups.of_row[static_cast<size_t>(row)]);
  }
  summary.groups = static_cast<int64_t>(groups.size());
  const std::vector<int64_t> sizes = classes_at(classes, split.train).sizes();
  for (size_t k = 0; k < sizes.size(); ++k) {
    summary.per_class.emplace_back(classes.names[k], sizes[k]);
  }
  summary.validation_rows = static_cast<int64_t>(split.validation.size());
  summary.test_rows = static_cast<int64_t>(split.test.size());
  return summary;
}

Json summary_json(const TrainingSummary& summary) {
  Json per_class = Json::object();
  for (const auto& [name, rows] : summary.per_class) per_class[name] = rows;
  return {{"rows", summary.rows},
          {"groups", summary.groups},
          {"per_class", per_class},
          {"validation_rows", summary.validation_rows},
          {"test_rows", summary.test_rows}};
}

AbsentHalves absent_halves(const Alignment& alignment, const EmbeddingTable& table,
                           const std::vector<int32_t>& train) {
  const AlignedTable aligned = alignment.apply(rows_at(table, train));
  const std::vector<int32_t> all = first_numbers(train.size());
  const auto mean = [&](int64_t first, int64_t count) {
    const std::vector<double> exact = mean_of_half(aligned.features, all, first, count);
    return std::vector<float>(exact.begin(), exact.end());
  };
  return {mean(0, aligned.image_dim), mean(aligned.image_dim, aligned.text_dim)};
}

}  // namespace puente
