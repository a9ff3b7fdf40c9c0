#include "report/evaluation_report.h"

#include <fmt/format.h>

namespace puente {
namespace {

Json interval_json(const Estimate& estimate) {
  if (!estimate.interval) return nullptr;
  return Json::array({estimate.interval->low, estimate.interval->high});
}

}  // namespace

Json scores_json(const Evaluation& scores) {
  return {{"accuracy", scores.accuracy}, {"macro_f1", scores.macro_f1}, {"auc", scores.auc}};
}

Json evaluation_json(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  Json json = scores_json(evaluation);
  json["balanced_accuracy"] = evaluation.balanced_accuracy;
  json["weighted_f1"] = evaluation.weighted_f1;
  json["average_precision"] = evaluation.average_precision;
  json["rows"] = evaluation.rows;
  for (size_t k = 0; k < classes.size(); ++k) {
    const ClassMetrics& m = evaluation.classes[k];
    json["per_class"][classes[k]] = {{"precision", m.precision},
                                     {"recall", m.recall},
                                     {"f1", m.f1},
                                     {"auc", m.auc},
                                     {"average_precision", m.average_precision},
                                     {"support", m.support}};
  }
  json["confusion"] = evaluation.confusion;
  return json;
}

Json intervals_json(const EvaluationEstimates& e, const std::vector<std::string>& classes) {
  Json json = {{"level", 0.95}, {"method", "cluster bootstrap"}, {"groups", e.groups}};
  if (!e.accuracy.interval) {
    json["why_none"] = e.accuracy.why_none;
    return json;
  }
  json["accuracy"] = interval_json(e.accuracy);
  json["balanced_accuracy"] = interval_json(e.balanced_accuracy);
  json["macro_f1"] = interval_json(e.macro_f1);
  json["weighted_f1"] = interval_json(e.weighted_f1);
  json["auc"] = interval_json(e.auc);
  json["average_precision"] = interval_json(e.average_precision);
  for (size_t k = 0; k < classes.size(); ++k) {
    const ClassEstimates& one = e.classes[k];
    json["per_class"][classes[k]] = {{"precision", interval_json(one.precision)},
                                     {"recall", interval_json(one.recall)},
                                     {"f1", interval_json(one.f1)},
                                     {"auc", interval_json(one.auc)},
                                     {"average_precision", interval_json(one.average_precision)}};
  }
  return json;
}

std::string interval_text(const Estimate& estimate) {
  if (!estimate.interval) return "-";
  return fmt::format("{} to {}", score_text(estimate.interval->low),
                     score_text(estimate.interval->high));
}

std::string why_no_intervals(const EvaluationEstimates& estimates) {
  const Estimate& first = estimates.accuracy;
  return first.interval ? "" : fmt::format("no intervals: {}\n", first.why_none);
}

}  // namespace puente
