#include "bundle/training_summary.h"

#include <unordered_set>

#include "data/rows_at.h"

namespace puente {
namespace {

/// As baselines' with_mean_in(): the same sums in the same order.
std::vector<float> mean_of_columns(const Matrix& rows, int64_t first, int64_t count) {
  std::vector<double> mean(static_cast<size_t>(count));
  for (int64_t i = 0; i < rows.rows(); ++i) {
    for (int64_t j = 0; j < count; ++j) {
      mean[static_cast<size_t>(j)] +=
          static_cast<double>(rows(i, first + j)) / static_cast<double>(rows.rows());
    }
  }
  return {mean.begin(), mean.end()};
}

}  // namespace

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
  return {mean_of_columns(aligned.features, 0, aligned.image_dim),
          mean_of_columns(aligned.features, aligned.image_dim, aligned.text_dim)};
}

}  // namespace puente
