#include "bundle/bundle.h"

#include "base/error.h"

namespace puente {
namespace {

std::optional<TrainingMoments> training_moments(const GroupedTable& dataset, const Matrix& vectors,
                                                const std::vector<int32_t>& rows) {
  if (vectors.cols() == 0) return std::nullopt;
  const std::vector<int32_t> groups = labels_at(dataset.groups.of_row, rows);
  TrainingMoments training{moments_of(vectors, rows), 0};
  training.error = error_of_mean(vectors, rows, groups, training.moments);
  return training;
}

/// But for what is the label's own.
Bundle shared_part(const GroupedTable& dataset, const Split& split, const RunPlan& plan,
                   const std::optional<float>& lambda, const VectorRecipes& recipes) {
  PUENTE_ASSERT(plan.protocol.kind != Protocol::paper);
  Alignment alignment(plan.align, dataset.table, split.train);
  if (lambda) alignment.set_lambda(*lambda);
  return {"",
          {},
          {},
          {},
          std::move(alignment),
          {},
          training_moments(dataset, dataset.table.image, split.train),
          training_moments(dataset, dataset.table.text, split.train),
          recipes};
}

}  // namespace

Bundle make_bundle(const Dataset& dataset, const Split& split, const RunResult& result,
                   const Fitted& fitted, const VectorRecipes& recipes) {
  Bundle bundle = shared_part(dataset, split, result.plan, result.weights.lambda, recipes);
  bundle.label = dataset.options.label;
  bundle.classes = dataset.labels.names;
  bundle.order = dataset.order;
  bundle.weights = result.weights;
  bundle.weights.lambda.reset();  // the alignment has it
  bundle.fitted = fitted;
  return bundle;
}

std::vector<Bundle> make_bundle(const MultiLabelDataset& dataset, const Split& split,
                                const MultiLabelRunResult& result,
                                const std::vector<Fitted>& fitted, const VectorRecipes& recipes) {
  PUENTE_ASSERT(static_cast<int64_t>(fitted.size()) == dataset.labels.count());
  std::vector<Bundle> bundles(
      fitted.size(), shared_part(dataset, split, result.plan, result.weights.lambda, recipes));
  for (size_t l = 0; l < bundles.size(); ++l) {
    bundles[l].label = dataset.labels.names[l];
    bundles[l].classes = dataset.labels.classes(static_cast<int64_t>(l));
    bundles[l].weights = weights_of_label(result.weights, static_cast<int64_t>(l));
    bundles[l].weights.lambda.reset();
    bundles[l].fitted = fitted[l];
  }
  return bundles;
}

}  // namespace puente
