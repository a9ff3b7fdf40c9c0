#include "bundle/bundle.h"

#include "base/error.h"
#include "data/manifest.h"
#include "data/rows_at.h"

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
  AbsentHalves absent = absent_halves(alignment, dataset.table, split.train);
  return {"",
          {},
          {},
          {},
          std::move(alignment),
          {},
          training_moments(dataset, dataset.table.image, split.train),
          training_moments(dataset, dataset.table.text, split.train),
          recipes,
          {},
          std::move(absent),
          {}};
}

/// But for the labels.
KeptCases unlabelled_cases(const GroupedTable& dataset, const Alignment& alignment,
                           const Split& split, const std::string& column) {
  const Column& names =
      require_column(dataset.table.columns, column, "--keep-cases", dataset.table.source);
  KeptCases cases{column, {}, {}, alignment.apply(rows_at(dataset.table, split.train)).features};
  normalise_rows(cases.vectors);
  for (const int32_t row : split.train) {
    cases.names.push_back(names.values[static_cast<size_t>(row)]);
  }
  return cases;
}

std::string answered_with_yes(const LabelSet& labels, int32_t row) {
  std::string names;
  for (int64_t l = 0; l < labels.count(); ++l) {
    if (labels.at(row, l) != 1) continue;
    names += (names.empty() ? "" : ", ") + labels.names[static_cast<size_t>(l)];
  }
  return names;
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
  bundle.training = summary_of(dataset, dataset.labels, split);
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
    bundles[l].training = summary_of(dataset, dataset.labels, split);
  }
  return bundles;
}

void keep_cases(Bundle& bundle, const Dataset& dataset, const Split& split,
                const std::string& column) {
  KeptCases cases = unlabelled_cases(dataset, bundle.alignment, split, column);
  for (const int32_t row : split.train) {
    const int32_t k = dataset.labels.of_row[static_cast<size_t>(row)];
    cases.labels.push_back(dataset.labels.names[static_cast<size_t>(k)]);
  }
  bundle.cases = std::make_shared<KeptCases>(std::move(cases));
}

void keep_cases(std::vector<Bundle>& labels, const MultiLabelDataset& dataset, const Split& split,
                const std::string& column) {
  KeptCases cases = unlabelled_cases(dataset, labels.front().alignment, split, column);
  for (const int32_t row : split.train) {
    cases.labels.push_back(answered_with_yes(dataset.labels, row));
  }
  const auto shared = std::make_shared<KeptCases>(std::move(cases));
  for (Bundle& bundle : labels) bundle.cases = shared;
}

}  // namespace puente
