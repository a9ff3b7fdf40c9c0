#include "report/cross_validation_report.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "report/evaluation_report.h"
#include "report/prediction_file.h"
#include "report/text_table.h"

namespace puente {
namespace {

template <class Value>
Spread spread_over(const std::vector<PooledTest>& repeats, Value&& value) {
  std::vector<double> values;
  for (const PooledTest& repeat : repeats) values.push_back(value(repeat.scores));
  return spread_of(values);
}

double accuracy(const Evaluation& scores) { return scores.accuracy; }
double macro_f1(const Evaluation& scores) { return scores.macro_f1; }
double auc(const Evaluation& scores) { return scores.auc; }
double kappa(const Evaluation& scores) { return *scores.quadratic_kappa; }

Json spread_json(const Spread& spread) { return {{"mean", spread.mean}, {"sd", spread.sd}}; }

Json split_result_json(const Dataset& dataset, const NamedSplit& split, const RunResult& run) {
  return {{"name", split.name},
          {"repeat", split.repeat + 1},
          {"split", split_json(dataset, split.split)},
          {"chosen", {{"epoch", run.chosen_epoch}, {"rule", rule_text(run.plan, split.split)}}},
          {"test", evaluation_json(run.test, dataset.labels.names)},
          {"train_seconds_per_epoch", run.train_seconds_per_epoch},
          {"log", run.log}};
}

}  // namespace

Json cross_validation_json(const Dataset& dataset, const RunPlan& plan, const CrossValidation& all,
                           const RunContext& context) {
  Json json = data_json(dataset, plan.protocol, context);
  json["align"] = plan.align.text();
  json["fusion"] = fusion_json(plan, all.runs.front().shape);
  for (size_t i = 0; i < all.splits.size(); ++i) {
    json["splits"].push_back(split_result_json(dataset, all.splits[i], all.runs[i]));
  }
  // Every row once, by a training that has not seen it.
  for (const PooledTest& repeat : all.repeats) {
    json["test"]["repeats"].push_back(evaluation_json(repeat.scores, dataset.labels.names));
  }
  json["test"]["intervals"] = intervals_json(all.estimates, dataset.labels.names);
  json["test"]["accuracy"] = spread_json(spread_over(all.repeats, accuracy));
  json["test"]["macro_f1"] = spread_json(spread_over(all.repeats, macro_f1));
  json["test"]["auc"] = spread_json(spread_over(all.repeats, auc));
  if (dataset.order) {
    json["test"]["quadratic_kappa"] = spread_json(spread_over(all.repeats, kappa));
  }
  json["seconds"] = {{"total", context.total_seconds}};
  json["bytes"] = {{"peak_memory", peak_memory_bytes()}};
  json["options"] = options_json(plan);
  return json;
}

std::string cross_validation_text(const Dataset& dataset, const RunPlan& plan,
                                  const CrossValidation& all, const RunContext& context) {
  std::string text = cautions_text(dataset, plan.protocol, context);
  text += fmt::format("{}, {} fusion, align {}, protocol {}\n",
                      label_text(dataset.options.label, dataset), name_of(plan.fusion),
                      plan.align.text(), plan.protocol.text());
  text += fmt::format("epochs chosen by: {}\n\n", rule_text(plan, all.splits.front().split));
  TextTable table(figure_names({"scored", "rows", "epoch"}, dataset.order.has_value()));
  for (size_t i = 0; i < all.splits.size(); ++i) {
    const RunResult& run = all.runs[i];
    table.add(figure_cells(
        {all.splits[i].name, std::to_string(run.test.rows), std::to_string(run.chosen_epoch)},
        run.test));
  }
  const bool several = all.repeats.size() > 1;
  std::vector<std::string> together = {
      several ? fmt::format("all, mean ± sd of {} repeats", all.repeats.size())
              : std::string("all together"),
      std::to_string(all.repeats.front().scores.rows),
      "",
      spread_text(spread_over(all.repeats, accuracy)),
      spread_text(spread_over(all.repeats, macro_f1)),
      spread_text(spread_over(all.repeats, auc))};
  if (dataset.order) together.push_back(spread_text(spread_over(all.repeats, kappa)));
  table.add(std::move(together));
  table.add(interval_cells({"95 % interval", "", ""}, all.estimates));
  return text + table.text() + why_no_intervals(all.estimates);
}

void write_cross_validation(const std::filesystem::path& folder, const Dataset& dataset,
                            const CrossValidation& all, const Json& metrics) {
  PredictionFile predictions(folder / "predictions.csv", dataset, {"repeat", "scored_in"});
  for (size_t repeat = 0; repeat < all.repeats.size(); ++repeat) {
    const PooledTest& pooled = all.repeats[repeat];
    for (size_t i = 0; i < pooled.rows.size(); ++i) {
      predictions.add(
          pooled.rows[i], pooled.predictions.probabilities.row_span(static_cast<int64_t>(i)),
          {std::to_string(repeat + 1), all.splits[static_cast<size_t>(pooled.split[i])].name});
    }
  }
  predictions.commit();
  std::string log;
  for (size_t i = 0; i < all.splits.size(); ++i) {
    log += log_text(all.runs[i], all.splits[i].name + ": ");
  }
  write_file(folder / "run.log", log);
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace puente
