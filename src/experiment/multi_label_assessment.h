// The assessment of several yes/no labels: that of each label alone (assessment.h), over the rows
// where it is known.
#pragma once

#include <vector>

#include "eval/multi_label.h"
#include "experiment/assessment.h"
#include "experiment/multi_label_dataset.h"

namespace puente {

/// These throw what their namesakes for one label throw, and name the label.
void check_assessment(const MultiLabelDataset& dataset, const Split& split,
                      const AssessmentPlan& plan, const Wishes& wishes);

/// [L]
std::vector<Fitted> fit_assessment(const MultiLabelDataset& dataset, const Split& split,
                                   const MultiLabelPredictions& chosen_on,
                                   const AssessmentPlan& plan, const Wishes& wishes);

/// Predictions and the rows of the dataset that they are of.
struct MultiLabelScoredRows {
  std::vector<int32_t> rows;
  MultiLabelPredictions predictions;
};

/// [L]. `fitted` [L].
std::vector<Assessment> assess(const MultiLabelDataset& dataset, const MultiLabelScoredRows& test,
                               const std::vector<Fitted>& fitted, const AssessmentPlan& plan);

}  // namespace puente
