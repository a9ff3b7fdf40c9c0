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

/// Without the difference itself.
Json comparison_json(const Difference& d) {
  Json json = {{"p", d.p},
               {"p_holm", d.adjusted_p},
               {"smallest_that_could_show", smallest_difference(d.difference.standard_error)}};
  json["interval"] = interval_json(d.difference);
  return json;
}

std::string too_few_groups(const AucTest& test) {
  return fmt::format("{} groups with the class and {} without: DeLong's test needs {} of either",
                     test.a.positive_groups, test.a.negative_groups, kFewestDelongGroups);
}

Json delong_json(const AucTest& test) {
  Json json = {{"difference", test.difference}, {"standard_error", test.standard_error}};
  if (has_enough_groups(test)) {
    json["p"] = test.p;
    json["p_holm"] = test.adjusted_p;
  } else {
    json["p"] = nullptr;
    json["why_none"] = too_few_groups(test);
  }
  return json;
}

Json difference_json(const Contender& contender, const std::vector<std::string>& classes) {
  Json json = {{"macro_f1", contender.macro_f1->difference.value}};
  json.update(comparison_json(*contender.macro_f1));
  Json auc = {{"difference", contender.auc->difference.value}};
  auc.update(comparison_json(*contender.auc));
  for (const AucTest& test : contender.delong) {
    auc["delong"][classes[static_cast<size_t>(test.positive)]] = delong_json(test);
  }
  json["auc"] = std::move(auc);
  return json;
}

/// Differences in AUC: by the bootstrap and, for two classes, by DeLong's test.
std::string auc_text(const std::vector<Contender>& contenders) {
  if (contenders.size() < 2) return "";
  const bool binary = contenders[1].delong.size() == 1;
  std::vector<std::string> header = {"sees",           "classifier",    "AUC",
                                     "less the first", "95 % interval", "p (Holm)"};
  if (binary) header.emplace_back("DeLong's p (Holm)");
  TextTable table(std::move(header));
  for (const Contender& c : contenders) {
    std::vector<std::string> row = {std::string(name_of(c.inputs)), c.classifier,
                                    score_text(c.scores.auc)};
    if (c.auc) {
      row.push_back(signed_text(c.auc->difference.value));
      row.push_back(interval_text(c.auc->difference));
      row.push_back(p_text(c.auc->adjusted_p));
      if (binary) row.push_back(p_text(c.delong.front().adjusted_p));
    } else {
      row.resize(binary ? 7 : 6);
    }
    table.add(std::move(row));
  }
  std::string text = "\n" + table.text();
  const AucTest& first = contenders[1].delong.front();
  if (binary && !has_enough_groups(first)) text += too_few_groups(first) + "\n";
  return text;
}

}  // namespace

Json baselines_json(const Dataset& dataset, const Split& split, const BaselinesPlan& plan,
                    const Baselines& result, const RunContext& context) {
  const std::vector<std::string>& classes = dataset.labels.names;
  Json json = data_json(dataset, plan.fusion.protocol, context);
  json["split"] = split_json(dataset, split);
  json["align"] = plan.fusion.align.text();
  json["fusion"] = name_of(plan.fusion.fusion);
  json["seeds"] = plan.seeds;
  json["tabular"] = plan.tabular;
  if (result.contenders.size() > 1) {
    json["seed_sd_of_the_first"] = result.contenders[1].macro_f1->a.seed_sd;
  }
  for (const Contender& contender : result.contenders) {
    Json one = {{"inputs", name_of(contender.inputs)},
                {"classifier", contender.classifier},
                {"chosen", contender.chosen}};
    one["test"] = evaluation_json(contender.scores, classes);
    one["test"]["intervals"] = intervals_json(contender.estimates, classes);
    if (contender.macro_f1) {
      one["less_the_first"] = difference_json(contender, classes);
      one["seed_sd_of_macro_f1"] = contender.macro_f1->b.seed_sd;
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
  text += fmt::format("{}, align {}, protocol {}, fusion over {} seeds\n",
                      label_text(dataset.options.label, dataset), plan.fusion.align.text(),
                      plan.fusion.protocol.text(), plan.seeds);
  text += split_text(dataset, split) + "\n";
  std::vector<std::string> header = {"sees",          "classifier",    "accuracy",
                                     "macro F1",      "95 % interval", "less the first",
                                     "95 % interval", "p (Holm)"};
  if (dataset.order) header.emplace_back("quadratic kappa");
  TextTable table(header);
  double smallest = 0;
  for (const Contender& c : result.contenders) {
    std::vector<std::string> row = {std::string(name_of(c.inputs)), c.classifier,
                                    score_text(c.scores.accuracy), score_text(c.scores.macro_f1),
                                    interval_text(c.estimates.macro_f1)};
    if (c.macro_f1) {
      row.push_back(signed_text(c.macro_f1->difference.value));
      row.push_back(interval_text(c.macro_f1->difference));
      row.push_back(p_text(c.macro_f1->adjusted_p));
      smallest = std::max(smallest, smallest_difference(c.macro_f1->difference.standard_error));
    } else {
      row.insert(row.end(), {"", "", ""});
    }
    if (dataset.order) row.push_back(score_text(*c.scores.quadratic_kappa));
    table.add(std::move(row));
  }
  text += table.text() + why_no_intervals(result.contenders.front().estimates);
  if (smallest > 0) {
    text += fmt::format(
        "differences in macro F1; up to {:.3f} could have gone unseen in this test set (80 % "
        "power)\n",
        smallest);
  }
  text += auc_text(result.contenders);
  if (result.without_image) {
    TextTable absent(figure_names({"the first, with one half absent"}, dataset.order.has_value()));
    absent.add(figure_cells({"no images"}, *result.without_image));
    absent.add(figure_cells({"no texts"}, *result.without_text));
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
  std::vector<std::string> header = {"inputs",
                                     "classifier",
                                     "chosen",
                                     "accuracy",
                                     "balanced_accuracy",
                                     "macro_f1",
                                     "auc",
                                     "difference_in_macro_f1",
                                     "p",
                                     "p_holm",
                                     "difference_in_auc",
                                     "p_auc",
                                     "p_auc_holm",
                                     "p_delong",
                                     "p_delong_holm"};
  const bool ordinal = result.contenders.front().scores.quadratic_kappa.has_value();
  if (ordinal) header.emplace_back("quadratic_kappa");
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
    for (const std::optional<Difference>& one : {c.macro_f1, c.auc}) {
      row.push_back(one ? number(one->difference.value) : "");
      row.push_back(one ? number(one->p) : "");
      row.push_back(one ? number(one->adjusted_p) : "");
    }
    // Of several classes baselines.json has each.
    const bool tested = c.delong.size() == 1 && has_enough_groups(c.delong.front());
    row.push_back(tested ? number(c.delong.front().p) : "");
    row.push_back(tested ? number(c.delong.front().adjusted_p) : "");
    if (ordinal) row.push_back(number(*c.scores.quadratic_kappa));
    append_csv_row(text, row);
  }
  write_file(folder / "baselines.csv", text);
  write_file(folder / "baselines.json", json.dump(2) + "\n");
}

}  // namespace puente
