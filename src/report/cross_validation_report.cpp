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

template <class Target, class Value>
Spread spread_over(const std::vector<BasicPooledTest<Target>>& repeats, Value&& value) {
  std::vector<double> values;
  for (const auto& repeat : repeats) values.push_back(value(repeat.scores));
  return spread_of(values);
}

constexpr auto accuracy = [](const auto& scores) { return scores.accuracy; };
constexpr auto macro_f1 = [](const auto& scores) { return scores.macro_f1; };
constexpr auto auc = [](const auto& scores) { return scores.auc; };

/// Nothing where the classes have no order.
std::optional<Spread> kappa_over(const CrossValidation& all) {
  if (!all.repeats.front().scores.quadratic_kappa) return std::nullopt;
  return spread_over(all.repeats, [](const Evaluation& scores) { return *scores.quadratic_kappa; });
}
std::optional<Spread> kappa_over(const MultiLabelCrossValidation&) { return std::nullopt; }

Json spread_json(const Spread& spread) { return {{"mean", spread.mean}, {"sd", spread.sd}}; }

template <class Target>
Json split_result_json(const typename Target::Dataset& dataset, const NamedSplit& split,
                       const BasicRunResult<Target>& run) {
  const auto chosen = static_cast<size_t>(run.chosen_epoch) - 1;
  return {{"name", split.name},
          {"repeat", split.repeat + 1},
          {"split", split_json(dataset, split.split)},
          {"chosen", {{"epoch", run.chosen_epoch}, {"rule", rule_text(run.plan, split.split)}}},
          {"validation", scores_json(run.epochs[chosen].scores)},
          {"test", evaluation_json(run.test, names_of(dataset))},
          {"train_seconds_per_epoch", run.train_seconds_per_epoch},
          {"log", run.log}};
}

/// What the table of all splits does not show: nothing, or every label of the first repeat.
std::string more_text(const Dataset&, const CrossValidation&) { return ""; }
std::string more_text(const MultiLabelDataset& dataset, const MultiLabelCrossValidation& all) {
  const bool several = all.repeats.size() > 1;
  return fmt::format("\n{}{}", several ? "labels, repeat 1 (intervals of the mean of all)\n" : "",
                     per_label_text(all.repeats.front().scores, all.estimates, dataset.labels));
}

template <class Target>
Json json_of(const typename Target::Dataset& dataset, const RunPlan& plan,
             const BasicCrossValidation<Target>& all, const RunContext& context) {
  Json json = data_json(dataset, plan.protocol, context);
  json["align"] = plan.align.text();
  json["fusion"] = fusion_json(plan, all.runs.front().shape);
  for (size_t i = 0; i < all.splits.size(); ++i) {
    json["splits"].push_back(split_result_json(dataset, all.splits[i], all.runs[i]));
  }
  // Every row once, by a training that has not seen it.
  for (const auto& repeat : all.repeats) {
    json["test"]["repeats"].push_back(evaluation_json(repeat.scores, names_of(dataset)));
  }
  json["test"]["intervals"] = intervals_json(all.estimates, names_of(dataset));
  json["test"]["accuracy"] = spread_json(spread_over(all.repeats, accuracy));
  json["test"]["macro_f1"] = spread_json(spread_over(all.repeats, macro_f1));
  json["test"]["auc"] = spread_json(spread_over(all.repeats, auc));
  if (const auto kappa = kappa_over(all)) json["test"]["quadratic_kappa"] = spread_json(*kappa);
  json["seconds"] = {{"total", context.total_seconds}};
  json["bytes"] = {{"peak_memory", peak_memory_bytes()}};
  json["options"] = options_json(plan);
  return json;
}

template <class Target>
std::string text_of(const typename Target::Dataset& dataset, const RunPlan& plan,
                    const BasicCrossValidation<Target>& all, const RunContext& context) {
  std::string text = cautions_text(dataset, plan.protocol, context);
  text += fmt::format("{}, {} fusion, align {}, protocol {}\n", question_text(dataset),
                      name_of(plan.fusion), plan.align.text(), plan.protocol.text());
  text += fmt::format("epochs chosen by: {}\n\n", rule_text(plan, all.splits.front().split));
  TextTable table(figure_names({"scored", "rows", "epoch"}, kappa_over(all).has_value()));
  for (size_t i = 0; i < all.splits.size(); ++i) {
    const BasicRunResult<Target>& run = all.runs[i];
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
  if (const auto kappa = kappa_over(all)) together.push_back(spread_text(*kappa));
  table.add(std::move(together));
  table.add(interval_cells({"95 % interval", "", ""}, all.estimates));
  return text + table.text() + why_no_intervals(all.estimates) + more_text(dataset, all);
}

template <class Target>
void write_files(const std::filesystem::path& folder, const typename Target::Dataset& dataset,
                 const BasicCrossValidation<Target>& all, const Json& metrics) {
  BasicPredictionFile<Target> predictions(folder / "predictions.csv", dataset,
                                          {"repeat", "scored_in"});
  for (size_t repeat = 0; repeat < all.repeats.size(); ++repeat) {
    const BasicPooledTest<Target>& pooled = all.repeats[repeat];
    for (size_t i = 0; i < pooled.rows.size(); ++i) {
      predictions.add(
          pooled.rows[i], pooled.predictions.probabilities.row_span(static_cast<int64_t>(i)),
          {std::to_string(repeat + 1), all.splits[static_cast<size_t>(pooled.split[i])].name});
    }
  }
  predictions.commit();
  std::string log;
  for (size_t i = 0; i < all.splits.size(); ++i) {
    log += log_text(all.runs[i].log, all.splits[i].name + ": ");
  }
  write_file(folder / "run.log", log);
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace

Json cross_validation_json(const Dataset& dataset, const RunPlan& plan, const CrossValidation& all,
                           const RunContext& context) {
  return json_of(dataset, plan, all, context);
}
Json cross_validation_json(const MultiLabelDataset& dataset, const RunPlan& plan,
                           const MultiLabelCrossValidation& all, const RunContext& context) {
  return json_of(dataset, plan, all, context);
}

std::string cross_validation_text(const Dataset& dataset, const RunPlan& plan,
                                  const CrossValidation& all, const RunContext& context) {
  return text_of(dataset, plan, all, context);
}
std::string cross_validation_text(const MultiLabelDataset& dataset, const RunPlan& plan,
                                  const MultiLabelCrossValidation& all, const RunContext& context) {
  return text_of(dataset, plan, all, context);
}

void write_cross_validation(const std::filesystem::path& folder, const Dataset& dataset,
                            const CrossValidation& all, const Json& metrics) {
  write_files(folder, dataset, all, metrics);
}
void write_cross_validation(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                            const MultiLabelCrossValidation& all, const Json& metrics) {
  write_files(folder, dataset, all, metrics);
}

}  // namespace puente
