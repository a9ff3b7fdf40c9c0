#include "bundle/evaluate.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/error.h"
#include "data/manifest.h"
#include "data/split.h"
#include "experiment/run.h"
#include "fusion/trainer.h"

namespace puente {
namespace {

Categories labels_for(const Bundle& bundle, const EmbeddingTable& table, const std::string& name) {
  const Column& column = require_column(table.columns, name, "--label", table.source);
  const Categories found = categories_of(column, table.source);
  std::vector<int32_t> number;  // of the bundle's class, or -1
  for (const std::string& value : found.names) {
    const auto known = std::ranges::find(bundle.classes, value);
    number.push_back(
        known == bundle.classes.end() ? -1 : static_cast<int32_t>(known - bundle.classes.begin()));
  }
  Categories labels;
  labels.names = bundle.classes;
  for (size_t row = 0; row < found.of_row.size(); ++row) {
    const int32_t k = number[static_cast<size_t>(found.of_row[row])];
    if (k < 0) {
      fail(
          "{}: row {}: '{}' in column '{}' is none of the bundle's classes ({}); rename it as they "
          "are, or leave such rows out",
          table.source, row + 1, column.values[row], name, fmt::join(bundle.classes, ", "));
    }
    labels.of_row.push_back(k);
  }
  return labels;
}

void check_width(const char* half, const Matrix& vectors, int64_t expected,
                 const std::string& source) {
  if (vectors.cols() == expected) return;
  if (expected == 0) {
    fail("{}: it has {} vectors, and the bundle was trained without any; leave them out", source,
         half);
  }
  if (vectors.cols() == 0) {
    fail("{}: it has no {} vectors, and the bundle needs them, {} wide", source, half, expected);
  }
  fail("{}: its {} vectors are {} wide, and the bundle's were {}; embed with the bundle's encoder",
       source, half, vectors.cols(), expected);
}

}  // namespace

Dataset dataset_for(const Bundle& bundle, EmbeddingTable table, const DatasetOptions& options) {
  Dataset dataset;
  dataset.options = options;
  dataset.table = std::move(table);
  const EmbeddingTable& own = dataset.table;
  dataset.labels = labels_for(bundle, own, options.label);
  dataset.order =
      options.ordinal ? class_order(bundle.classes, *options.ordinal, options.label) : bundle.order;
  dataset.groups =
      options.group
          ? categories_of(require_column(own.columns, *options.group, "--group", own.source),
                          own.source)
          : each_row_alone(own.rows());
  for (int64_t row = 0; row < own.rows(); ++row) dataset.table_row.push_back(row);
  return dataset;
}

std::vector<std::string> check_vectors(const Bundle& bundle, const EmbeddingTable& table,
                                       const VectorRecipes& found) {
  check_width("image", table.image, bundle.alignment.image_dim(), table.source);
  check_width("text", table.text, bundle.alignment.text_dim(), table.source);
  std::vector<std::string> cautions;
  const auto compare = [&](const char* half, const Json& bundles, const Json& tables) {
    const auto some = compare_recipes(half, bundles, tables, table.source);
    cautions.insert(cautions.end(), some.begin(), some.end());
  };
  if (bundle.image) compare("image", bundle.recipes.image, found.image);
  if (bundle.text) compare("text", bundle.recipes.text, found.text);
  return cautions;
}

BundleEvaluation evaluate_bundle(const Bundle& bundle, const Dataset& dataset,
                                 const AssessmentPlan& plan) {
  const EmbeddingTable& table = dataset.table;
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(dataset.rows()));
  BundleEvaluation evaluation;
  evaluation.predictions.label = dataset.labels.of_row;
  predict_probabilities(bundle.weights, bundle.alignment.apply(table).features, rows, plan.threads,
                        evaluation.predictions.probabilities);
  const ScoredRows scored{rows, evaluation.predictions};
  evaluation.scores = evaluate(scored.predictions, dataset.order);
  evaluation.estimates = estimate_test(dataset, rows, {&scored.predictions, 1}, plan.threads);
  evaluation.assessment = assess(dataset, scored, bundle.fitted, plan);
  if (bundle.image) {
    evaluation.image_drift = drift_of(table.image, dataset.groups.of_row, *bundle.image);
  }
  if (bundle.text) {
    evaluation.text_drift = drift_of(table.text, dataset.groups.of_row, *bundle.text);
  }
  const std::vector<int64_t> sizes = dataset.labels.sizes();
  for (size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] == 0) evaluation.absent.push_back(bundle.classes[k]);
  }
  return evaluation;
}

}  // namespace puente
