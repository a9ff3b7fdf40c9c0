#include "results/card_performance.h"

#include <fmt/format.h>
#include <utility>

#include "results/json_parts.h"

namespace puente {
namespace {

std::string four(const Json& value) { return fmt::format("{:.4f}", value.get<double>()); }
std::string three(const Json& value) { return fmt::format("{:.3f}", value.get<double>()); }

const std::pair<const char*, const char*> kFigures[] = {{"accuracy", "Accuracy"},
                                                        {"macro_f1", "Macro F1"},
                                                        {"auc", "AUC"},
                                                        {"average_precision", "Average precision"},
                                                        {"quadratic_kappa", "Quadratic kappa"}};

std::string shares_text(const Json& counts) {
  std::string text;
  for (const auto& [key, name] : {std::pair{"sensitivity", "sensitivity"},
                                  {"specificity", "specificity"},
                                  {"positive_predictive_value", "positive predictive value"},
                                  {"negative_predictive_value", "negative predictive value"}}) {
    const Json value = counts.value(key, Json());
    if (!value.is_number()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, three(value));
  }
  return text;
}

void add_calibration(const Json& assessment, const std::string& before, Json& entries) {
  if (assessment.contains("calibration")) {
    const Json& c = assessment.at("calibration");
    if (c.value("brier", Json()).is_number() && c.value("expected_error", Json()).is_number()) {
      entries.push_back(card_entry(
          before + "Calibration",
          fmt::format("Brier score {}, expected calibration error {}; probabilities as the "
                      "classifier gives them",
                      four(c.at("brier")), four(c.at("expected_error")))));
    }
  }
  const Json temperature = assessment.value("temperature", Json());
  if (temperature.is_number()) {
    entries.push_back(card_entry(before + "Temperature",
                                 three(temperature) + ", fitted on the rows that chose the epoch"));
  }
  for (const Json& point : list_at(assessment, "operating_points")) {
    std::string wish;
    for (const auto& [name, value] : point.at("wished").items()) {
      wish = fmt::format("{} {}", name, value.dump());
    }
    const Json threshold = point.value("threshold", Json());
    entries.push_back(card_entry(
        fmt::format("{}Operating point of {}, {}", before, point.value("class", ""), wish),
        threshold.is_number()
            ? Json(fmt::format("threshold {}, chosen on validation rows; on test rows {}",
                               three(threshold), shares_text(point.at("test"))))
            : Json("no threshold reaches it on the validation rows")));
  }
}

void add_subgroups_of(const Json& assessment, const std::string& before, Json& entries) {
  for (const Json& column : list_at(assessment, "subgroups")) {
    std::string text;
    for (const Json& one : list_at(column, "subgroups")) {
      if (!text.empty()) text += "; ";
      text += one.value("name", "");
      if (one.contains("suppressed")) {
        text += ": too few rows";
        continue;
      }
      const Json f1 = figure_text(object_at(one, "scores"), "macro_f1");
      text += fmt::format(" ({} rows): macro F1 {}", one.value("rows", int64_t{0}),
                          f1.is_null() ? "-" : f1.get<std::string>());
    }
    const std::string name = before.empty() ? "By " : before;
    if (!text.empty()) entries.push_back(card_entry(name + column.value("column", ""), text));
  }
}

}  // namespace

Json card_entry(const std::string& item, Json text) {
  return {{"item", item}, {"text", std::move(text)}};
}

Json figure_text(const Json& scores, const char* figure) {
  const Json value = scores.value(figure, Json());
  if (!value.is_number()) return nullptr;
  const Json interval = object_at(scores, "intervals").value(figure, Json());
  if (!interval.is_array() || interval.size() != 2) return four(value) + " (no interval)";
  return fmt::format("{} ({} to {})", four(value), four(interval.at(0)), four(interval.at(1)));
}

void add_figures(const Json& test, const std::string& before, Json& entries) {
  for (const auto& [key, name] : kFigures) {
    if (test.contains(key)) entries.push_back(card_entry(before + name, figure_text(test, key)));
  }
}

void add_classes(const Json& test, Json& entries) {
  const Json& intervals = object_at(object_at(test, "intervals"), "per_class");
  for (const auto& [name, scores] : object_at(test, "per_class").items()) {
    Json own = scores;
    if (intervals.contains(name)) own["intervals"] = intervals.at(name);
    std::string text;
    for (const auto& [key, words] : {std::pair{"precision", "precision"},
                                     {"recall", "recall"},
                                     {"f1", "F1"},
                                     {"auc", "AUC"}}) {
      const Json figure = figure_text(own, key);
      if (figure.is_null()) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : "; ", words, figure.get<std::string>());
    }
    entries.push_back(card_entry("Class " + name, text));
  }
  const Json& of_labels = object_at(object_at(test, "intervals"), "labels");
  for (const auto& [name, scores] : object_at(test, "labels").items()) {
    Json own = scores;
    if (of_labels.contains(name)) own["intervals"] = of_labels.at(name);
    add_figures(own, name + ": ", entries);
  }
}

void add_assessment(const Json& metrics, Json& entries) {
  const Json& assessment = object_at(metrics, "assessment");
  if (!assessment.contains("labels")) return add_calibration(assessment, "", entries);
  for (const auto& [label, own] : assessment.at("labels").items()) {
    add_calibration(own, label + ": ", entries);
  }
}

void add_subgroups(const Json& metrics, Json& entries) {
  const Json& assessment = object_at(metrics, "assessment");
  if (!assessment.contains("labels")) return add_subgroups_of(assessment, "", entries);
  for (const auto& [label, own] : assessment.at("labels").items()) {
    add_subgroups_of(own, label + ", by ", entries);
  }
}

}  // namespace puente
