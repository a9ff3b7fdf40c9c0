#include "eval/group_unit.h"

#include <algorithm>

#include "base/error.h"

namespace puente {
namespace {

/// The probabilities of one group from those of its rows; pooled [K].
void pool(const Matrix& probabilities, std::span<const int32_t> rows, Pooling pooling,
          std::span<float> pooled) {
  std::vector<double> sums(pooled.size());
  double total = 0;
  for (size_t k = 0; k < sums.size(); ++k) {
    for (int32_t row : rows) {
      const double p = probabilities(row, static_cast<int64_t>(k));
      sums[k] = pooling == Pooling::mean ? sums[k] + p : std::max(sums[k], p);
    }
    total += sums[k];
  }
  const double divisor = pooling == Pooling::mean ? static_cast<double>(rows.size()) : total;
  PUENTE_ASSERT(divisor > 0);
  for (size_t k = 0; k < sums.size(); ++k) pooled[k] = static_cast<float>(sums[k] / divisor);
}

}  // namespace

GroupPredictions pool_groups(const Predictions& predictions, std::span<const int32_t> group,
                             std::span<const std::string> names, Pooling pooling) {
  check_predictions(predictions);
  const Matrix& p = predictions.probabilities;  // [N, K]
  PUENTE_ASSERT(group.size() == predictions.label.size());
  std::vector<std::vector<int32_t>> rows_of(names.size());
  for (size_t i = 0; i < group.size(); ++i) {
    PUENTE_ASSERT(group[i] >= 0 && static_cast<size_t>(group[i]) < names.size());
    rows_of[static_cast<size_t>(group[i])].push_back(static_cast<int32_t>(i));
  }

  GroupPredictions result;
  for (size_t g = 0; g < rows_of.size(); ++g) {
    if (rows_of[g].empty()) continue;
    const int32_t label = predictions.label[static_cast<size_t>(rows_of[g].front())];
    for (int32_t row : rows_of[g]) {
      if (predictions.label[static_cast<size_t>(row)] != label) {
        fail(
            "the rows of group '{}' have different labels, so that one answer for the group cannot "
            "be right or wrong; evaluate by row, or use a group column whose rows share a label",
            names[g]);
      }
    }
    result.group.push_back(static_cast<int32_t>(g));
    result.predictions.label.push_back(label);
  }
  result.predictions.probabilities = Matrix(static_cast<int64_t>(result.group.size()), p.cols());
  for (size_t i = 0; i < result.group.size(); ++i) {
    pool(p, rows_of[static_cast<size_t>(result.group[i])], pooling,
         result.predictions.probabilities.row_span(static_cast<int64_t>(i)));
  }
  return result;
}

}  // namespace puente
