#include "report/assessment_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "report/evaluation_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

Json calibration_json(const Calibration& calibration, const std::vector<std::string>& classes) {
  Json json = {{"brier", calibration.brier}, {"expected_error", calibration.expected_error}};
  json["bins"] = Json::array();
  for (const ReliabilityBin& bin : calibration.bins) {
    json["bins"].push_back({{"lower", bin.lower},
                            {"upper", bin.upper},
                            {"rows", bin.rows},
                            {"mean_confidence", bin.mean_confidence},
                            {"share_correct", bin.share_correct}});
  }
  for (size_t k = 0; k < classes.size(); ++k) {
    const Recalibration& one = calibration.classes[k];
    json["per_class"][classes[k]] = {
        {"slope", one.slope}, {"intercept", one.intercept}, {"in_the_large", one.in_the_large}};
  }
  return json;
}

Json outcome_json(const ThresholdOutcome& outcome) {
  return {{"true_positives", outcome.true_positives},
          {"false_positives", outcome.false_positives},
          {"true_negatives", outcome.true_negatives},
          {"false_negatives", outcome.false_negatives},
          {"sensitivity", outcome.sensitivity},
          {"specificity", outcome.specificity},
          {"positive_predictive_value", outcome.positive_predictive_value},
          {"negative_predictive_value", outcome.negative_predictive_value}};
}

Json threshold_json(const AssessedThreshold& one, const std::vector<std::string>& classes) {
  Json json = {{"class", classes[static_cast<size_t>(one.positive_class)]},
               {"wished", {{std::string(name_of(one.wish)), one.wished}}}};
  if (!one.chosen) {
    json["threshold"] = nullptr;
    return json;
  }
  json["threshold"] = one.chosen->threshold;
  json["validation"] = outcome_json(one.chosen->validation);
  json["test"] = outcome_json(*one.test);
  return json;
}

Json gap_json(const SubgroupGap& gap, const std::vector<std::string>& classes) {
  Json json = {{"figure", gap.figure},
               {"difference", gap.difference},
               {"lowest", gap.lowest},
               {"highest", gap.highest}};
  if (gap.of_class) json["class"] = classes[static_cast<size_t>(*gap.of_class)];
  return json;
}

Json subgroups_json(const AssessedSubgroups& assessed, const std::vector<std::string>& classes) {
  Json json = {{"column", assessed.scores.column}};
  if (!assessed.rule.cuts.empty()) {
    json["cuts"] = assessed.rule.cuts;
    json["cut_on"] = assessed.from_training ? "training rows" : "these rows";
  }
  for (size_t s = 0; s < assessed.scores.subgroups.size(); ++s) {
    const Subgroup& one = assessed.scores.subgroups[s];
    Json entry = {{"name", one.name}};
    if (one.evaluation) {
      entry["rows"] = one.rows;
      entry["scores"] = evaluation_json(*one.evaluation, classes);
      entry["scores"]["intervals"] = intervals_json(*assessed.estimates[s], classes);
    } else {
      entry["suppressed"] = fmt::format("under {} rows", kSmallestSubgroup);
    }
    json["subgroups"].push_back(entry);
  }
  json["gaps"] = Json::array();
  for (const SubgroupGap& gap : assessed.scores.gaps)
    json["gaps"].push_back(gap_json(gap, classes));
  return json;
}

std::string calibration_text(const Assessment& a) {
  std::string text =
      fmt::format("\ncalibration: Brier {}, expected error {}", score_text(a.calibration.brier),
                  score_text(a.calibration.expected_error));
  if (a.tempered) {
    text += fmt::format("; with temperature {:.2f}: {}, {}", *a.temperature,
                        score_text(a.tempered->brier), score_text(a.tempered->expected_error));
  }
  return text + "\n";
}

std::string thresholds_text(const Assessment& a, const std::vector<std::string>& classes) {
  if (a.thresholds.empty()) return "";
  TextTable table({"operating point", "threshold", "sensitivity", "specificity", "PPV", "NPV"});
  for (const AssessedThreshold& one : a.thresholds) {
    const std::string name =
        fmt::format("{}: {} {:g}", classes[static_cast<size_t>(one.positive_class)],
                    name_of(one.wish), one.wished);
    if (!one.chosen) {
      table.add({name, "none reaches it", "-", "-", "-", "-"});
      continue;
    }
    table.add({name, score_text(one.chosen->threshold), score_text(one.test->sensitivity),
               score_text(one.test->specificity), score_text(one.test->positive_predictive_value),
               score_text(one.test->negative_predictive_value)});
  }
  return "\n" + table.text() +
         "thresholds chosen without the test rows, figures of the test rows\n";
}

std::string subgroups_text(const AssessedSubgroups& assessed,
                           const std::vector<std::string>& classes) {
  std::vector<std::string> header = {
      assessed.scores.column, "rows", "accuracy", "95 % interval", "macro F1",
      "95 % interval",        "AUC"};
  const bool ordinal = std::ranges::any_of(assessed.scores.subgroups, [](const Subgroup& one) {
    return one.evaluation && one.evaluation->quadratic_kappa;
  });
  if (ordinal) header.emplace_back("quadratic kappa");
  TextTable table(header);
  for (size_t s = 0; s < assessed.scores.subgroups.size(); ++s) {
    const Subgroup& one = assessed.scores.subgroups[s];
    if (!one.evaluation) {
      std::vector<std::string> row(header.size(), "-");
      row[0] = one.name;
      row[1] = fmt::format("under {}", kSmallestSubgroup);
      table.add(std::move(row));
      continue;
    }
    const EvaluationEstimates& e = *assessed.estimates[s];
    std::vector<std::string> row = {one.name,
                                    std::to_string(one.rows),
                                    score_text(one.evaluation->accuracy),
                                    interval_text(e.accuracy),
                                    score_text(one.evaluation->macro_f1),
                                    interval_text(e.macro_f1),
                                    score_text(one.evaluation->auc)};
    if (ordinal) row.push_back(score_text(*one.evaluation->quadratic_kappa));
    table.add(std::move(row));
  }
  std::string text = "\n" + table.text();
  if (!assessed.rule.cuts.empty()) {
    text += fmt::format("bands: quartiles of {}\n", assessed.from_training
                                                        ? "the training rows"
                                                        : "these rows, as the bundle has none");
  }
  for (const SubgroupGap& gap : assessed.scores.gaps) {
    text += fmt::format("gap in {}{} {}: lowest {}, highest {}\n", gap.figure,
                        gap.of_class ? " of " + classes[static_cast<size_t>(*gap.of_class)] : "",
                        score_text(gap.difference), gap.lowest, gap.highest);
  }
  return text;
}

const char* pooling_name(const GroupScores& scores) {
  return scores.pooling == Pooling::mean ? "mean" : "max";
}

}  // namespace

Json assessment_json(const Assessment& a, const std::vector<std::string>& classes) {
  Json json;
  json["calibration"] = calibration_json(a.calibration, classes);
  json["temperature"] = a.temperature ? Json(*a.temperature) : Json(nullptr);
  if (a.tempered) json["calibration_with_temperature"] = calibration_json(*a.tempered, classes);
  json["operating_points"] = Json::array();
  for (const AssessedThreshold& one : a.thresholds) {
    json["operating_points"].push_back(threshold_json(one, classes));
  }
  json["subgroups"] = Json::array();
  for (const AssessedSubgroups& one : a.subgroups) {
    json["subgroups"].push_back(subgroups_json(one, classes));
  }
  if (a.per_group) {
    json["per_group"] = evaluation_json(a.per_group->scores, classes);
    json["per_group"]["pooling"] = pooling_name(*a.per_group);
    json["per_group"]["intervals"] = intervals_json(a.per_group->estimates, classes);
  }
  return json;
}

std::string assessment_text(const Assessment& a, const std::vector<std::string>& classes) {
  std::string text = calibration_text(a);
  if (a.per_group) {
    const GroupScores& g = *a.per_group;
    TextTable table(figure_names(
        {fmt::format("one answer per group ({} over its rows)", pooling_name(g)), "groups"},
        g.scores.quadratic_kappa.has_value()));
    table.add(figure_cells({"test", std::to_string(g.scores.rows)}, g.scores));
    table.add(interval_cells({"95 % interval", ""}, g.estimates));
    text += "\n" + table.text() + why_no_intervals(g.estimates);
  }
  text += thresholds_text(a, classes);
  for (const AssessedSubgroups& one : a.subgroups) text += subgroups_text(one, classes);
  return text;
}

Json assessment_json(const std::vector<Assessment>& assessments, const LabelSet& labels) {
  Json json;
  for (size_t l = 0; l < assessments.size(); ++l) {
    json["labels"][labels.names[l]] =
        assessment_json(assessments[l], labels.classes(static_cast<int64_t>(l)));
  }
  return json;
}

std::string assessment_text(const std::vector<Assessment>& assessments, const LabelSet& labels) {
  std::string text;
  for (size_t l = 0; l < assessments.size(); ++l) {
    text += fmt::format("\nlabel {}", labels.names[l]);
    text += assessment_text(assessments[l], labels.classes(static_cast<int64_t>(l)));
  }
  return text;
}

}  // namespace puente
