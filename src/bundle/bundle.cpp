#include "bundle/bundle.h"

#include "base/error.h"

namespace puente {
namespace {

std::optional<TrainingMoments> training_moments(const Dataset& dataset, const Matrix& vectors,
                                                const std::vector<int32_t>& rows) {
  if (vectors.cols() == 0) return std::nullopt;
  const std::vector<int32_t> groups = labels_at(dataset.groups.of_row, rows);
  TrainingMoments training{moments_of(vectors, rows), 0};
  training.error = error_of_mean(vectors, rows, groups, training.moments);
  return training;
}

}  // namespace

Bundle make_bundle(const Dataset& dataset, const Split& split, const RunResult& result,
                   const Fitted& fitted, const VectorRecipes& recipes) {
  PUENTE_ASSERT(result.plan.protocol.kind != Protocol::paper);
  return {dataset.options.label,
          dataset.labels.names,
          dataset.order,
          result.weights,
          Alignment(result.plan.align, dataset.table, split.train),
          fitted,
          training_moments(dataset, dataset.table.image, split.train),
          training_moments(dataset, dataset.table.text, split.train),
          recipes};
}

}  // namespace puente
