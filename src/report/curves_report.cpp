#include "report/curves_report.h"

#include <cmath>

#include "eval/curves.h"

namespace puente {
namespace {

double rounded(double share) { return std::round(share * 1e6) / 1e6; }

Json points_json(const std::vector<ThresholdPoint>& curve) {
  Json json = Json::array();
  for (const ThresholdPoint& point : curve) {
    // The shortest text of the float that the threshold was.
    const Json threshold =
        std::isnan(point.threshold)
            ? Json(nullptr)
            : Json(std::stod(fmt::format("{}", static_cast<float>(point.threshold))));
    json.push_back({rounded(point.x), rounded(point.y), threshold});
  }
  return json;
}

Json class_json(const std::string& name, const Predictions& predictions, const ClassMetrics& scores,
                int64_t k) {
  const ClassCurves curves = curves_of_class(predictions, k);
  return {{"name", name},
          {"auc", scores.auc},
          {"average_precision", scores.average_precision},
          {"thinned", curves.thinned},
          {"roc", points_json(curves.roc)},
          {"precision_recall", points_json(curves.precision_recall)}};
}

Json no_curves() {
  return {
      {"format", "puente curves"}, {"version", 1}, {"rows", "test"}, {"classes", Json::array()}};
}

}  // namespace

Json curves_json(const Predictions& predictions, const Evaluation& scores,
                 const std::vector<std::string>& classes) {
  Json json = no_curves();
  for (size_t k = classes.size() == 2 ? 1 : 0; k < classes.size(); ++k) {
    json["classes"].push_back(
        class_json(classes[k], predictions, scores.classes[k], static_cast<int64_t>(k)));
  }
  return json;
}

Json curves_json(const MultiLabelPredictions& predictions, const MultiLabelEvaluation& scores,
                 const LabelSet& labels) {
  Json json = no_curves();
  for (size_t l = 0; l < labels.names.size(); ++l) {
    const LabelPredictions own = of_label(predictions, static_cast<int64_t>(l));
    json["classes"].push_back(
        class_json(labels.names[l], own.predictions, scores.labels[l].classes[1], 1));
  }
  return json;
}

}  // namespace puente
