// A bundle of several yes/no labels on other rows: as bundle/evaluate.h, each label over the rows
// that have an answer to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "puente/table.h"

#include "bundle/evaluate.h"
#include "eval/multi_label.h"
#include "experiment/multi_label_assessment.h"
#include "experiment/multi_label_dataset.h"

namespace puente {

/// `bundles`: of a bundle of several labels, all or some of them, each answered in the column of
/// its name by the words of its training. Rows without any answer are left out. UserError for
/// another word (with its row), a missing group, a column that is not there, or no answer at all.
MultiLabelDataset dataset_for(const std::vector<Bundle>& bundles, EmbeddingTable table,
                              DatasetOptions options);

struct LabelsEvaluation {
  MultiLabelPredictions predictions;  // of all rows, in their order
  MultiLabelEvaluation scores;
  MultiLabelEstimates estimates;
  std::vector<Assessment> assessments;  // [L]
  std::optional<Drift> image_drift;     // nothing where the bundle takes no such vectors
  std::optional<Drift> text_drift;
  std::vector<std::string> absent;  // answers that no row has: "itch True"
};

/// As evaluate_bundle() of one label.
LabelsEvaluation evaluate_bundle(const std::vector<Bundle>& bundles,
                                 const MultiLabelDataset& dataset, const AssessmentPlan& plan);

}  // namespace puente
