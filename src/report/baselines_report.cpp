#include "report/baselines_report.h"

#include <cmath>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "eval/smallest_difference.h"
#include "formats/csv.h"
#include "report/evaluation_report.h"
#include "report/text_table.h"

namespace puente {
namespace {

Json difference_json(const Contender& contender) {
  const PairedComparison& d = *contender.difference;
  Json json = {{"macro_f1", d.difference.value},
               {"p", d.p},
               {"p_holm", contender.adjusted_p},
               {"smallest_that_could_show", smallest_difference(d.difference.standard_error)}};
  json["interval"] = d.difference.interval
                         ? Json::array({d.difference.interval->low, d.difference.interval->high})
                         : Json(nullptr);
  return json;
}

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p);
}

std::string signed_text(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:+.4f}", value);
}

}  // namespace

Json baselines_json(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                    const Baselines& result, const RunContext& context) {
  const std::vector<std::string>& classes = dataset.labels.names;
  Json json = data_json(dataset, plan.fusion.protocol, context);
  json["split"] = split_json(dataset, split);
  json["align"] = plan.fusion.align.text();
  json["seeds"] = plan.seeds;
  json["tabular"] = plan.tabular;
  for (const Contender& contender : result.contenders) {
    Json one = {{"inputs", name_of(contender.inputs)},
                {"classifier", contender.classifier},
                {"chosen", contender.chosen}};
    one["test"] = evaluation_json(contender.scores, classes);
    one["test"]["intervals"] = intervals_json(contender.estimates, classes);
    if (contender.difference) {
      one["less_the_first"] = difference_json(contender);
      one["seed_sd_of_macro_f1"] = contender.difference->b.seed_sd;
    }
    json["classifiers"].push_back(one);
  }
  if (result.without_image) {
    json["one_half_absent"] = {{"image", evaluation_json(*result.without_image, classes)},
                               {"text", evaluation_json(*result.without_text, classes)}};
  }
  json["learning_curve"] = Json::array();
  for (const CurvePoint& point : result.curve) {
    Json one = {{"share_of_groups", point.share}, {"groups", point.groups}, {"rows", point.rows}};
    one["test"] = evaluation_json(point.scores, classes);
    one["test"]["intervals"] = intervals_json(point.estimates, classes);
    json["learning_curve"].push_back(one);
  }
  json["options"] = options_json(plan.fusion);
  json["seconds"] = {{"total", context.total_seconds}};
  json["bytes"] = {{"peak_memory", peak_memory_bytes()}};
  return json;
}

std::string baselines_text(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                           const Baselines& result, const RunContext& context) {
  std::string text = cautions_text(dataset, plan.fusion.protocol, context);
  text += fmt::format("label {} ({} classes), align {}, protocol {}, fusion over {} seeds\n",
                      dataset.options.label, dataset.classes(), plan.fusion.align.text(),
                      plan.fusion.protocol.text(), plan.seeds);
  text += split_text(dataset, split) + "\n";
  TextTable table({"sees", "classifier", "accuracy", "macro F1", "95 % interval", "AUC",
                   "less the first", "95 % interval", "p (Holm)"});
  double smallest = 0;
  for (const Contender& c : result.contenders) {
    std::vector<std::string> row = {
        std::string(name_of(c.inputs)),      c.classifier,
        score_text(c.scores.accuracy),       score_text(c.scores.macro_f1),
        interval_text(c.estimates.macro_f1), score_text(c.scores.auc)};
    if (c.difference) {
      row.push_back(signed_text(c.difference->difference.value));
      row.push_back(interval_text(c.difference->difference));
      row.push_back(p_text(c.adjusted_p));
      smallest = std::max(smallest, smallest_difference(c.difference->difference.standard_error));
    } else {
      row.insert(row.end(), {"", "", ""});
    }
    table.add(std::move(row));
  }
  text += table.text() + why_no_intervals(result.contenders.front().estimates);
  if (smallest > 0) {
    text += fmt::format(
        "differences in macro F1; up to {:.3f} could have gone unseen in this test set (80 % "
        "power)\n",
        smallest);
  }
  if (result.without_image) {
    TextTable absent({"the first, with one half absent", "accuracy", "macro F1", "AUC"});
    const auto add = [&](const char* name, const Evaluation& scores) {
      absent.add(
          {name, score_text(scores.accuracy), score_text(scores.macro_f1), score_text(scores.auc)});
    };
    add("no images", *result.without_image);
    add("no texts", *result.without_text);
    text += "\n" + absent.text();
  }
  if (!result.curve.empty()) {
    TextTable curve({"learning curve", "groups", "rows", "accuracy", "macro F1", "95 % interval"});
    for (const CurvePoint& point : result.curve) {
      curve.add({fmt::format("{:g} %", 100 * point.share), std::to_string(point.groups),
                 std::to_string(point.rows), score_text(point.scores.accuracy),
                 score_text(point.scores.macro_f1), interval_text(point.estimates.macro_f1)});
    }
    text += "\n" + curve.text();
  }
  return text;
}

void write_baselines(const std::filesystem::path& folder, const Baselines& result,
                     const Json& json) {
  std::string text;
  const std::vector<std::string> header = {"inputs",
                                           "classifier",
                                           "chosen",
                                           "accuracy",
                                           "balanced_accuracy",
                                           "macro_f1",
                                           "auc",
                                           "difference_in_macro_f1",
                                           "p",
                                           "p_holm"};
  append_csv_row(text, header);
  const auto number = [](double value) {
    return std::isnan(value) ? std::string() : fmt::format("{}", value);
  };
  for (const Contender& c : result.contenders) {
    std::vector<std::string> row = {std::string(name_of(c.inputs)),
                                    c.classifier,
                                    c.chosen,
                                    number(c.scores.accuracy),
                                    number(c.scores.balanced_accuracy),
                                    number(c.scores.macro_f1),
                                    number(c.scores.auc)};
    if (c.difference) {
      row.insert(row.end(), {number(c.difference->difference.value), number(c.difference->p),
                             number(c.adjusted_p)});
    } else {
      row.insert(row.end(), {"", "", ""});
    }
    append_csv_row(text, row);
  }
  write_file(folder / "baselines.csv", text);
  write_file(folder / "baselines.json", json.dump(2) + "\n");
}

}  // namespace puente
