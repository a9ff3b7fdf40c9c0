// A bundle on other rows, such as another hospital's: they are scored with what was fitted in
// training (alignment, classifier, temperature, thresholds), and nothing is fitted to them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "puente/table.h"

#include "bundle/bundle.h"
#include "bundle/drift.h"
#include "eval/evaluation_estimates.h"
#include "eval/metrics.h"
#include "experiment/assessment.h"
#include "experiment/dataset.h"

namespace puente {

/// The table's rows with their labels numbered as the bundle's classes, which need not all occur.
/// Their order is the bundle's where the options name none. UserError for a label value that is
/// none of them (with its row), a missing value, a column that is not there, an order of other
/// classes.
Dataset dataset_for(const Bundle& bundle, EmbeddingTable table, const DatasetOptions& options);

/// Can the bundle's classifier read these vectors? UserError where they are of another width or
/// another encoder, or a modality is missing; else cautions (vector_recipe.h), a line each.
std::vector<std::string> check_vectors(const Bundle& bundle, const EmbeddingTable& table,
                                       const VectorRecipes& found);

struct BundleEvaluation {
  Predictions predictions;  // of all rows, in their order
  Evaluation scores;
  EvaluationEstimates estimates;
  Assessment assessment;
  std::optional<Drift> image_drift;  // nothing where the bundle takes no such vectors
  std::optional<Drift> text_drift;
  std::vector<std::string> absent;  // classes of the bundle that no row has
};

/// `dataset` as dataset_for() made it, after check_vectors(). UserError for a subgroup column that
/// is not there or has no values, and for a group whose rows have different labels
/// (plan.per_group).
BundleEvaluation evaluate_bundle(const Bundle& bundle, const Dataset& dataset,
                                 const AssessmentPlan& plan);

}  // namespace puente
