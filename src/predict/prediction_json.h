// A prediction as JSON, as `puente predict --json` and the server's POST /v1/predict have it.
#pragma once

#include "formats/json.h"
#include "predict/predictor.h"

namespace puente {

/// {"labels": [{"label": "dx", "predicted": "nv", "probabilities": {"mel": 0.1, "nv": 0.9},
///   "operating_points": [{"class": "mel", "wish": "sensitivity", "wished": 0.9, "threshold": 0.3,
///     "probability": 0.12, "reached": false}],
///   "image_alone": {"predicted": .., "probabilities": {..}} or null, "text_alone": likewise}],
///  "text": as encoded or null, "neighbours": [{"name", "label", "similarity"}] or null,
///  "cautions": [..]}
/// Probabilities are calibrated; an operating point's are the classifier's own, which its threshold
/// was chosen on.
Json prediction_json(const std::vector<Bundle>& labels, const Prediction& prediction);

/// For a terminal.
std::string prediction_text(const std::vector<Bundle>& labels, const Prediction& prediction);

/// [{"label", "classes", "order", "calibrated", "thresholds": [..]}] of a bundle.
Json labels_json(const std::vector<Bundle>& labels);

}  // namespace puente
