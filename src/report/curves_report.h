// curves.json, beside metrics.json: ROC and precision-recall curves of the test rows.
//
//   {"format": "puente curves", "version": 1, "rows": "test",
//    "classes": [{"name": "mel", "auc": 0.9, "average_precision": 0.8, "thinned": false,
//                 "roc": [[fpr, tpr, threshold], ...],
//                 "precision_recall": [[recall, precision, threshold], ...]}]}
//
// Points as eval/curves.h has them, both rates rounded to six decimals; the threshold of the first
// is null: nothing is said to be of the class. A binary label has an entry of class 1 alone,
// several labels one of each label's yes under the label's name. Figures are those of metrics.json.
#pragma once

#include <string>
#include <vector>

#include "data/label_set.h"
#include "eval/metrics.h"
#include "eval/multi_label.h"
#include "formats/json.h"

namespace puente {

Json curves_json(const Predictions& predictions, const Evaluation& scores,
                 const std::vector<std::string>& classes);
Json curves_json(const MultiLabelPredictions& predictions, const MultiLabelEvaluation& scores,
                 const LabelSet& labels);

}  // namespace puente
