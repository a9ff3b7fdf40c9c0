#include "report/evaluation_report.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace puente {
namespace {

/// Accuracy, macro F1 and AUC.
template <class Scores>
Json main_scores_json(const Scores& scores) {
  return {{"accuracy", scores.accuracy}, {"macro_f1", scores.macro_f1}, {"auc", scores.auc}};
}

template <class Scores>
std::vector<std::string> main_cells(std::vector<std::string> before, const Scores& scores) {
  for (const double figure : {scores.accuracy, scores.macro_f1, scores.auc}) {
    before.push_back(score_text(figure));
  }
  return before;
}

template <class Estimates>
std::vector<std::string> main_interval_cells(std::vector<std::string> before, const Estimates& e) {
  for (const Estimate* figure : {&e.accuracy, &e.macro_f1, &e.auc}) {
    before.push_back(interval_text(*figure));
  }
  return before;
}

template <class Estimates>
std::string why_none(const Estimates& estimates) {
  const Estimate& first = estimates.accuracy;
  return first.interval ? "" : fmt::format("no intervals: {}\n", first.why_none);
}

}  // namespace

Json interval_json(const Estimate& estimate) {
  if (!estimate.interval) return nullptr;
  return Json::array({estimate.interval->low, estimate.interval->high});
}

Json scores_json(const Evaluation& scores) {
  Json json = main_scores_json(scores);
  if (scores.quadratic_kappa) json["quadratic_kappa"] = *scores.quadratic_kappa;
  return json;
}

Json scores_json(const MultiLabelEvaluation& scores) { return main_scores_json(scores); }

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

Json evaluation_json(const MultiLabelEvaluation& evaluation, const LabelSet& labels) {
  Json json = scores_json(evaluation);
  json["balanced_accuracy"] = evaluation.balanced_accuracy;
  json["average_precision"] = evaluation.average_precision;
  json["rows"] = evaluation.rows;
  for (int64_t l = 0; l < labels.count(); ++l) {
    const auto at = static_cast<size_t>(l);
    json["labels"][labels.names[at]] = evaluation_json(evaluation.labels[at], labels.classes(l));
  }
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
  if (e.quadratic_kappa) json["quadratic_kappa"] = interval_json(*e.quadratic_kappa);
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

Json intervals_json(const MultiLabelEstimates& e, const LabelSet& labels) {
  Json json = {{"level", 0.95}, {"method", "cluster bootstrap"}, {"groups", e.groups}};
  if (e.accuracy.interval) {
    json["accuracy"] = interval_json(e.accuracy);
    json["balanced_accuracy"] = interval_json(e.balanced_accuracy);
    json["macro_f1"] = interval_json(e.macro_f1);
    json["auc"] = interval_json(e.auc);
    json["average_precision"] = interval_json(e.average_precision);
  } else {
    json["why_none"] = e.accuracy.why_none;
  }
  for (int64_t l = 0; l < labels.count(); ++l) {
    const auto at = static_cast<size_t>(l);
    json["labels"][labels.names[at]] = intervals_json(e.labels[at], labels.classes(l));
  }
  return json;
}

std::string per_label_text(const MultiLabelEvaluation& evaluation,
                           const std::optional<MultiLabelEstimates>& estimates,
                           const LabelSet& labels) {
  TextTable table({"label", "rows", "yes", "accuracy", "F1", "sensitivity", "specificity", "AUC",
                   "95 % interval", "AP"});
  for (size_t l = 0; l < labels.names.size(); ++l) {
    const Evaluation& e = evaluation.labels[l];
    const ClassMetrics &no = e.classes[0], &yes = e.classes[1];
    const auto recall = [](const ClassMetrics& m) {
      return score_text(m.support > 0 ? m.recall : std::nan(""));
    };
    table.add({labels.names[l], std::to_string(e.rows), std::to_string(yes.support),
               score_text(e.accuracy), score_text(yes.f1), recall(yes), recall(no),
               score_text(e.auc), estimates ? interval_text(estimates->labels[l].auc) : "-",
               score_text(e.average_precision)});
  }
  return table.text();
}

std::string per_class_text(const Evaluation& evaluation, const std::vector<std::string>& classes) {
  TextTable table({"class", "precision", "recall", "F1", "rows"});
  for (size_t k = 0; k < classes.size(); ++k) {
    const ClassMetrics& m = evaluation.classes[k];
    table.add({classes[k], score_text(m.precision), score_text(m.recall), score_text(m.f1),
               std::to_string(m.support)});
  }
  return table.text();
}

std::string interval_text(const Estimate& estimate) {
  if (!estimate.interval) return "-";
  return fmt::format("{} to {}", score_text(estimate.interval->low),
                     score_text(estimate.interval->high));
}

std::string spread_text(const Spread& spread) {
  return std::isnan(spread.sd)
             ? score_text(spread.mean)
             : fmt::format("{} ± {}", score_text(spread.mean), score_text(spread.sd));
}

std::vector<std::string> figure_names(std::vector<std::string> before, bool ordinal) {
  before.insert(before.end(), {"accuracy", "macro F1", "AUC"});
  if (ordinal) before.emplace_back("quadratic kappa");
  return before;
}

std::vector<std::string> figure_cells(std::vector<std::string> before, const Evaluation& scores) {
  before = main_cells(std::move(before), scores);
  if (scores.quadratic_kappa) before.push_back(score_text(*scores.quadratic_kappa));
  return before;
}

std::vector<std::string> figure_cells(std::vector<std::string> before,
                                      const MultiLabelEvaluation& scores) {
  return main_cells(std::move(before), scores);
}

std::vector<std::string> interval_cells(std::vector<std::string> before,
                                        const EvaluationEstimates& e) {
  before = main_interval_cells(std::move(before), e);
  if (e.quadratic_kappa) before.push_back(interval_text(*e.quadratic_kappa));
  return before;
}

std::vector<std::string> interval_cells(std::vector<std::string> before,
                                        const MultiLabelEstimates& e) {
  return main_interval_cells(std::move(before), e);
}

std::string why_no_intervals(const EvaluationEstimates& estimates) { return why_none(estimates); }
std::string why_no_intervals(const MultiLabelEstimates& estimates) { return why_none(estimates); }

}  // namespace puente
