#include "bundle/evaluate_labels.h"

#include <algorithm>
#include <fmt/ranges.h>

#include "base/error.h"
#include "data/manifest.h"
#include "data/rows_at.h"
#include "experiment/run.h"
#include "fusion/trainer.h"

namespace puente {
namespace {

int32_t answer_in(const Bundle& bundle, const Column& column, size_t row,
                  const std::string& source) {
  const std::string& value = column.values[row];
  if (is_blank(value)) return kNoAnswer;
  const auto known = std::ranges::find(bundle.classes, value);
  if (known == bundle.classes.end()) {
    fail(
        "{}: row {}: '{}' in column '{}' is neither of the bundle's answers ({}); rename it as "
        "they are, or empty it where it is not known",
        source, row + 1, value, column.name, fmt::join(bundle.classes, ", "));
  }
  return static_cast<int32_t>(known - bundle.classes.begin());
}

LabelSet labels_for(const std::vector<Bundle>& bundles, const EmbeddingTable& table) {
  const auto rows = static_cast<size_t>(table.rows());
  LabelSet labels;
  labels.of_row.resize(rows * bundles.size());
  for (size_t l = 0; l < bundles.size(); ++l) {
    const Bundle& bundle = bundles[l];
    const Column& column = require_column(table.columns, bundle.label, "--label", table.source);
    for (size_t row = 0; row < rows; ++row) {
      labels.of_row[row * bundles.size() + l] = answer_in(bundle, column, row, table.source);
    }
    labels.names.push_back(bundle.label);
    labels.values.push_back({bundle.classes[0], bundle.classes[1]});
  }
  return labels;
}

}  // namespace

MultiLabelDataset dataset_for(const std::vector<Bundle>& bundles, EmbeddingTable table,
                              DatasetOptions options) {
  LabelSet labels = labels_for(bundles, table);
  return answered_dataset(std::move(table), labels, std::move(options));
}

LabelsEvaluation evaluate_bundle(const std::vector<Bundle>& bundles,
                                 const MultiLabelDataset& dataset, const AssessmentPlan& plan) {
  const EmbeddingTable& table = dataset.table;
  const Bundle& any = bundles.front();
  const std::vector<int32_t> rows = first_numbers(static_cast<size_t>(dataset.rows()));
  const AlignedTable aligned = any.alignment.apply(table);
  LabelsEvaluation evaluation;
  evaluation.predictions = {Matrix(dataset.rows(), 2 * dataset.labels.count()),
                            dataset.labels.of_row};
  std::vector<Fitted> fitted;
  for (size_t l = 0; l < bundles.size(); ++l) {
    Matrix own;  // [N, 2]
    predict_probabilities(bundles[l].weights, aligned.features, rows, plan.threads, own);
    for (const int32_t row : rows) {
      std::ranges::copy(own.row_span(row), evaluation.predictions.probabilities.row(row) + 2 * l);
    }
    fitted.push_back(bundles[l].fitted);
  }
  evaluation.scores = evaluate(evaluation.predictions);
  evaluation.estimates = estimate_test(dataset, rows, {&evaluation.predictions, 1}, plan.threads);
  evaluation.assessments = assess(dataset, {rows, evaluation.predictions}, fitted, plan);
  if (any.image) evaluation.image_drift = drift_of(table.image, dataset.groups.of_row, *any.image);
  if (any.text) evaluation.text_drift = drift_of(table.text, dataset.groups.of_row, *any.text);
  const RowClasses answers(dataset.labels);
  const std::vector<int64_t> sizes = answers.sizes();
  for (size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] == 0) evaluation.absent.push_back(answers.names[k]);
  }
  return evaluation;
}

}  // namespace puente
