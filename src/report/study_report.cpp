#include "report/study_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <optional>

#include "formats/csv.h"
#include "report/text_table.h"

namespace puente {
namespace {

constexpr std::array<const char*, 3> kFigures = {"accuracy", "macro_f1", "auc"};

/// A figure, or the mean of one over repeats; NaN where there is none.
double figure_of(const Json& scores, const char* name) {
  if (!scores.is_object() || !scores.contains(name)) return std::nan("");
  const Json& value = scores[name];
  if (value.is_object() && value.contains("mean")) return figure_of(value, "mean");
  return value.is_number() ? value.get<double>() : std::nan("");
}

std::optional<std::pair<double, double>> interval_of(const Json& test, const char* name) {
  if (!test.is_object() || !test.contains("intervals")) return std::nullopt;
  const Json& intervals = test["intervals"];
  if (!intervals.contains(name) || !intervals[name].is_array()) return std::nullopt;
  return std::pair(intervals[name][0].get<double>(), intervals[name][1].get<double>());
}

Json mean_of_splits(const Json& splits) {
  Json mean = Json::object();
  for (const char* name : kFigures) {
    double sum = 0;
    for (const Json& split : splits) sum += figure_of(split.value("validation", Json()), name);
    mean[name] = sum / static_cast<double>(splits.size());
  }
  return std::isnan(figure_of(mean, "macro_f1")) ? Json() : mean;
}

double validation_of(const StudyRow& row) {
  const double score = figure_of(row.validation, "macro_f1");
  return std::isnan(score) ? -std::numeric_limits<double>::infinity() : score;
}

std::string figure_text(double value) { return std::isnan(value) ? "" : fmt::format("{}", value); }

std::string interval_cell(const Json& test, const char* name) {
  const auto interval = interval_of(test, name);
  return interval ? fmt::format("{:.4f} to {:.4f}", interval->first, interval->second) : "-";
}

std::vector<std::string> protocols_in(const std::vector<StudyRow>& rows) {
  std::vector<std::string> protocols;
  for (const StudyRow& row : rows) {
    if (std::ranges::count(protocols, row.protocol) == 0) protocols.push_back(row.protocol);
  }
  return protocols;
}

std::string table_of(std::vector<const StudyRow*> rows) {
  std::ranges::stable_sort(rows, [](const StudyRow* a, const StudyRow* b) {
    return validation_of(*a) > validation_of(*b);
  });
  TextTable table({"encoder", "prompt", "sees", "classifier", "validation F1", "test F1",
                   "95 % interval", "test AUC", "95 % interval"});
  for (const StudyRow* row : rows) {
    table.add({row->encoder, row->prompt.empty() ? "-" : row->prompt, row->inputs,
               row->classifier + (row->is_best ? " *" : ""),
               score_text(figure_of(row->validation, "macro_f1")),
               score_text(figure_of(row->test, "macro_f1")), interval_cell(row->test, "macro_f1"),
               score_text(figure_of(row->test, "auc")), interval_cell(row->test, "auc")});
  }
  return table.text();
}

}  // namespace

void add_training_scores(const Json& metrics, StudyRow& row) {
  row.test = metrics.at("test");
  if (metrics.contains("splits")) {
    row.validation = mean_of_splits(metrics["splits"]);
    return;
  }
  const auto chosen = metrics.at("chosen").at("epoch").get<size_t>();
  const Json& epoch = metrics.at("epochs").at(chosen - 1);
  if (epoch.contains("validation")) row.validation = epoch["validation"];
}

std::vector<StudyRow> baseline_rows(const Json& baselines, const StudyRow& like) {
  std::vector<StudyRow> rows;
  const Json& classifiers = baselines.at("classifiers");
  for (size_t i = 1; i < classifiers.size(); ++i) {  // the first is the fusion classifier itself
    StudyRow row = like;
    row.inputs = classifiers[i].at("inputs").get<std::string>();
    row.classifier = classifiers[i].at("classifier").get<std::string>();
    row.validation = nullptr;
    row.test = classifiers[i].at("test");
    row.is_best = false;
    row.is_simpler = true;
    rows.push_back(std::move(row));
  }
  return rows;
}

void mark_best(std::vector<StudyRow>& rows) {
  std::map<std::string, StudyRow*> best;
  for (StudyRow& row : rows) {
    row.is_best = false;
    if (std::isinf(validation_of(row))) continue;
    StudyRow*& of_protocol = best[row.protocol];
    if (of_protocol == nullptr || validation_of(row) > validation_of(*of_protocol)) {
      of_protocol = &row;
    }
  }
  for (const auto& [protocol, row] : best) row->is_best = true;
}

std::string study_csv(const std::vector<StudyRow>& rows) {
  std::vector<std::string> header = {"encoder", "prompt",     "protocol",
                                     "inputs",  "classifier", "best_by_validation"};
  for (const char* name : kFigures) header.push_back(fmt::format("validation_{}", name));
  for (const char* name : kFigures) {
    for (const char* end : {"", "_low", "_high"}) {
      header.push_back(fmt::format("test_{}{}", name, end));
    }
  }
  header.emplace_back("folder");
  std::string text;
  append_csv_row(text, header);
  for (const StudyRow& row : rows) {
    std::vector<std::string> cells = {row.encoder, row.prompt,     row.protocol,
                                      row.inputs,  row.classifier, row.is_best ? "yes" : ""};
    for (const char* name : kFigures) cells.push_back(figure_text(figure_of(row.validation, name)));
    for (const char* name : kFigures) {
      const auto interval = interval_of(row.test, name);
      cells.push_back(figure_text(figure_of(row.test, name)));
      cells.push_back(interval ? figure_text(interval->first) : "");
      cells.push_back(interval ? figure_text(interval->second) : "");
    }
    cells.push_back(row.folder);
    append_csv_row(text, cells);
  }
  return text;
}

Json study_json(const std::vector<StudyRow>& rows) {
  Json json = Json::array();
  for (const StudyRow& row : rows) {
    Json one = {{"encoder", row.encoder},       {"prompt", row.prompt},
                {"protocol", row.protocol},     {"inputs", row.inputs},
                {"classifier", row.classifier}, {"best_by_validation", row.is_best}};
    for (const char* name : kFigures) {
      const double validation = figure_of(row.validation, name);
      one["validation"][name] = std::isnan(validation) ? Json() : Json(validation);
      const double test = figure_of(row.test, name);
      one["test"][name] = std::isnan(test) ? Json() : Json(test);
      const auto interval = interval_of(row.test, name);
      one["test"]["intervals"][name] =
          interval ? Json::array({interval->first, interval->second}) : Json();
    }
    one["folder"] = row.folder;
    json.push_back(std::move(one));
  }
  return json;
}

std::string study_text(const std::vector<StudyRow>& rows) {
  std::string text;
  for (const std::string& protocol : protocols_in(rows)) {
    const auto best = std::ranges::find_if(
        rows, [&](const StudyRow& row) { return row.protocol == protocol && row.is_best; });
    std::vector<const StudyRow*> of_protocol;
    size_t others = 0;
    for (const StudyRow& row : rows) {
      if (row.protocol != protocol) continue;
      const bool beside_best =
          best != rows.end() && row.encoder == best->encoder && row.prompt == best->prompt;
      if (!row.is_simpler || beside_best) {
        of_protocol.push_back(&row);
      } else {
        ++others;
      }
    }
    text += fmt::format("\nprotocol {}{}\n", protocol,
                        protocol == "paper" ? " (optimistic: its test rows choose)" : "");
    text += table_of(std::move(of_protocol));
    if (others > 0) {
      text += fmt::format("{} simpler classifiers beside the others are in results.csv\n", others);
    }
  }
  return text +
         "\n* the best by validation, which alone may choose; among several, the best by test rows "
         "would look better than it is\n";
}

}  // namespace puente
