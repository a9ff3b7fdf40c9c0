#include "report/run_report.h"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "base/resources.h"
#include "compare/paper_bytes.h"
#include "formats/safetensors.h"
#include "fusion/weights.h"
#include "report/audit_report.h"
#include "report/curves_report.h"
#include "report/embed_report.h"
#include "report/evaluation_report.h"
#include "report/prediction_file.h"
#include "report/text_table.h"
#include "store/table_io.h"

namespace puente {
namespace {

int64_t groups_in(const GroupedTable& dataset, const std::vector<int32_t>& rows) {
  std::set<int32_t> groups;
  for (int32_t row : rows) groups.insert(dataset.groups.of_row[static_cast<size_t>(row)]);
  return static_cast<int64_t>(groups.size());
}

Json part_json(const Dataset& dataset, const std::vector<int32_t>& rows) {
  std::vector<int64_t> per_class(static_cast<size_t>(dataset.classes()));
  for (int32_t row : rows) {
    ++per_class[static_cast<size_t>(dataset.labels.of_row[static_cast<size_t>(row)])];
  }
  Json json = {{"rows", rows.size()}};
  if (dataset.options.group) json["groups"] = groups_in(dataset, rows);
  for (size_t k = 0; k < per_class.size(); ++k) {
    json["rows_per_class"][dataset.labels.names[k]] = per_class[k];
  }
  return json;
}

Json part_json(const MultiLabelDataset& dataset, const std::vector<int32_t>& rows) {
  Json json = {{"rows", rows.size()}};
  if (dataset.options.group) json["groups"] = groups_in(dataset, rows);
  json["rows_per_label"] = answers_json(labels_at(dataset.labels, rows));
  return json;
}

Json best_json(const BestOf& best) { return {{"value", best.value}, {"epoch", best.epoch}}; }

template <class Target>
Json epochs_json(const BasicRunResult<Target>& result) {
  const bool paper = result.plan.protocol.kind == Protocol::paper;
  Json json = Json::array();
  for (size_t i = 0; i < result.epochs.size(); ++i) {
    const BasicEpochRecord<Target>& record = result.epochs[i];
    Json scores = scores_json(record.scores);
    if (!paper) scores["loss"] = record.validation_loss;
    json.push_back({{"epoch", i + 1},
                    {"train_loss", record.train_loss},
                    {paper ? "test" : "validation", scores},
                    {"train_seconds", record.train_seconds},
                    {"inference_seconds", record.inference_seconds}});
  }
  return json;
}

template <class Target>
double inference_seconds(const BasicRunResult<Target>& result) {
  double sum = 0;
  for (const auto& record : result.epochs) sum += record.inference_seconds;
  return sum / static_cast<double>(result.epochs.size());
}

/// The table's own file and those beside it that belong to it.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& table) {
  std::vector<std::filesystem::path> files = table_files(table, true, true);
  if (std::find(files.begin(), files.end(), table) == files.end()) files.push_back(table);
  std::erase_if(files, [](const auto& file) { return !is_file(file); });
  return files;
}

void write_splits(const std::filesystem::path& path, const GroupedTable& dataset,
                  const Split& split) {
  std::vector<const char*> part(static_cast<size_t>(dataset.rows()), "");
  for (int32_t row : split.train) part[static_cast<size_t>(row)] = "train";
  for (int32_t row : split.validation) part[static_cast<size_t>(row)] = "validation";
  for (int32_t row : split.test) part[static_cast<size_t>(row)] = "test";
  for (int32_t row : split.left_out) part[static_cast<size_t>(row)] = "left out";
  std::string text = "row,split\n";
  for (size_t row = 0; row < part.size(); ++row) {
    text += fmt::format("{},{}\n", dataset.table_row[row] + 1, part[row]);
  }
  write_file(path, text);
}

Json task_json(const MultiLabelDataset& dataset) {
  Json json = {{"type", "multi-label"}, {"label", dataset.options.label}};
  json["labels"] = labels_json(dataset.labels);
  json["rows_per_label"] = answers_json(dataset.labels);
  return json;
}

template <class AnyDataset>
Json data_json_of(const AnyDataset& dataset, const ProtocolOptions& protocol,
                  const RunContext& context) {
  Json json;
  json["puente"] = PUENTE_VERSION;
  json["task"] = task_json(dataset);
  json["protocol"] = protocol.text();
  json["cautions"] = Json::array();
  std::string cautions = cautions_text(dataset, protocol, context);
  for (size_t end; (end = cautions.find('\n')) != std::string::npos; cautions.erase(0, end + 1)) {
    json["cautions"].push_back(cautions.substr(0, end));
  }
  json["audit"] = findings_json(context.findings);
  json["group"] = dataset.options.group ? Json(*dataset.options.group) : Json(nullptr);
  json["min_groups"] = dataset.options.min_groups;
  json["left_out_classes"] = dataset.left_out;
  json["rows_without_label"] = dataset.unlabelled;
  json["tables"] = tables_json(context);
  return json;
}

template <class AnyDataset>
Json split_json_of(const AnyDataset& dataset, const Split& split) {
  Json json = {{"train", part_json(dataset, split.train)}};
  if (!split.validation.empty()) json["validation"] = part_json(dataset, split.validation);
  if (!split.inner.empty()) json["inner_folds"] = split.inner.size();
  json["test"] = part_json(dataset, split.test);
  if (!split.left_out.empty()) json["left_out"] = part_json(dataset, split.left_out);
  return json;
}

template <class Target>
Json metrics_json_of(const typename Target::Dataset& dataset, const Split& split,
                     const BasicRunResult<Target>& result, const RunContext& context) {
  const RunPlan& plan = result.plan;
  Json json = data_json(dataset, plan.protocol, context);
  json["split"] = split_json(dataset, split);
  json["align"] = plan.align.text();
  if (result.weights.lambda) json["learned_lambda"] = *result.weights.lambda;
  json["fusion"] = fusion_json(plan, result.shape);
  json["epochs"] = epochs_json(result);
  json["chosen"] = {{"epoch", result.chosen_epoch}, {"rule", rule_text(plan, split)}};
  json["test"] = evaluation_json(result.test, names_of(dataset));
  if (result.estimates) {
    json["test"]["intervals"] = intervals_json(*result.estimates, names_of(dataset));
  }
  json["log"] = result.log;
  if (plan.protocol.kind == Protocol::paper) {
    json["best_test_epochs"] = {{"accuracy", best_json(result.best_accuracy)},
                                {"macro_f1", best_json(result.best_macro_f1)},
                                {"auc", best_json(result.best_auc)}};
    if (result.best_quadratic_kappa.epoch > 0) {
      json["best_test_epochs"]["quadratic_kappa"] = best_json(result.best_quadratic_kappa);
    }
  }
  const std::optional<double> embedding = embed_seconds(context.tables);
  json["seconds"] = {{"embed", embedding ? Json(*embedding) : Json(nullptr)},
                     {"train_per_epoch", result.train_seconds_per_epoch},
                     {"inference_per_epoch", inference_seconds(result)},
                     {"total", context.total_seconds}};
  json["bytes"] = {{"model", paper_model_bytes(result.shape.parameters())},
                   {"train_per_epoch", paper_dataset_bytes(result.shape, std::ssize(split.train))},
                   {"test", paper_dataset_bytes(result.shape, std::ssize(split.test))},
                   {"peak_memory", peak_memory_bytes()}};
  json["options"] = options_json(plan);
  return json;
}

bool is_ordinal(const Dataset& dataset) { return dataset.order.has_value(); }
bool is_ordinal(const MultiLabelDataset&) { return false; }

const char* mean_over(const Dataset&) { return ""; }
const char* mean_over(const MultiLabelDataset&) { return "mean over labels"; }

std::string per_answer_text(const Dataset& dataset, const RunResult& result) {
  return per_class_text(result.test, dataset.labels.names);
}

std::string per_answer_text(const MultiLabelDataset& dataset, const MultiLabelRunResult& result) {
  return per_label_text(result.test, result.estimates, dataset.labels);
}

template <class Target>
std::string run_text_of(const typename Target::Dataset& dataset, const Split& split,
                        const BasicRunResult<Target>& result, const RunContext& context) {
  const RunPlan& plan = result.plan;
  std::string text = cautions_text(dataset, plan.protocol, context);
  text += fmt::format("{}, {} fusion, {} parameters, align {}, protocol {}\n",
                      question_text(dataset), name_of(plan.fusion), result.shape.parameters(),
                      plan.align.text(), plan.protocol.text());
  text += split_text(dataset, split);
  text += fmt::format("epoch {} of {} chosen: {}\n", result.chosen_epoch, result.epochs.size(),
                      rule_text(plan, split));
  if (result.weights.lambda)
    text += fmt::format("lambda learned: {:.3f}\n", *result.weights.lambda);
  text += fmt::format(
      "{:.3f} s per training epoch, {:.3f} s per inference epoch; model {:.2f} MB\n\n",
      result.train_seconds_per_epoch, inference_seconds(result),
      static_cast<double>(paper_model_bytes(result.shape.parameters())) / kPaperMegabyte);

  text += per_answer_text(dataset, result) + "\n";
  if (plan.protocol.kind == Protocol::paper) {
    TextTable best({"test, optimistic", "best", "at epoch"});
    best.add({"accuracy", score_text(result.best_accuracy.value),
              std::to_string(result.best_accuracy.epoch)});
    best.add({"macro F1", score_text(result.best_macro_f1.value),
              std::to_string(result.best_macro_f1.epoch)});
    best.add({"AUC", score_text(result.best_auc.value), std::to_string(result.best_auc.epoch)});
    if (result.best_quadratic_kappa.epoch > 0) {
      best.add({"quadratic kappa", score_text(result.best_quadratic_kappa.value),
                std::to_string(result.best_quadratic_kappa.epoch)});
    }
    return text + best.text();
  }
  const BasicEpochRecord<Target>& chosen =
      result.epochs[static_cast<size_t>(result.chosen_epoch) - 1];
  TextTable scores(figure_names({mean_over(dataset)}, is_ordinal(dataset)));
  scores.add(figure_cells({split.inner.empty() ? "validation" : "inner folds"}, chosen.scores));
  scores.add(figure_cells({"test"}, result.test));
  if (!result.estimates) return text + scores.text();
  const typename Target::Estimates& e = *result.estimates;
  scores.add(interval_cells({"95 % interval"}, e));
  return text + scores.text() + why_no_intervals(e);
}

template <class Target>
void write_run_of(const std::filesystem::path& folder, const typename Target::Dataset& dataset,
                  const Split& split, const BasicRunResult<Target>& result, const Json& metrics) {
  BasicPredictionFile<Target> predictions(folder / "predictions.csv", dataset);
  predictions.add(split.test, result.predictions);
  predictions.commit();
  write_splits(folder / "splits.csv", dataset, split);
  save_fusion_weights(result.weights, folder / "model.safetensors");
  write_file(folder / "run.log", log_text(result.log, ""));
  write_file(folder / "curves.json",
             curves_json(result.predictions, result.test, names_of(dataset)).dump() + "\n");
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace

const std::vector<std::string>& names_of(const Dataset& dataset) { return dataset.labels.names; }
const LabelSet& names_of(const MultiLabelDataset& dataset) { return dataset.labels; }

std::string question_text(const Dataset& dataset) {
  return label_text(dataset.options.label, dataset);
}

std::string question_text(const MultiLabelDataset& dataset) {
  const bool one = dataset.labels.count() == 1;  // of a bundle's several
  return fmt::format("label{} {} (yes or no{})", one ? "" : "s",
                     fmt::join(dataset.labels.names, ", "), one ? "" : " each");
}

Json answers_json(const LabelSet& labels) {
  Json json;
  for (int64_t l = 0; l < labels.count(); ++l) {
    std::array<int64_t, 2> rows{};
    int64_t unknown = 0;
    for (int64_t row = 0; row < labels.rows(); ++row) {
      const int32_t answer = labels.at(row, l);
      ++(answer == kNoAnswer ? unknown : rows[static_cast<size_t>(answer)]);
    }
    const auto& values = labels.values[static_cast<size_t>(l)];
    json[labels.names[static_cast<size_t>(l)]] = {
        {values[0], rows[0]}, {values[1], rows[1]}, {"unknown", unknown}};
  }
  return json;
}

Json labels_json(const LabelSet& labels) {
  Json json = Json::array();
  for (size_t l = 0; l < labels.names.size(); ++l) {
    json.push_back(
        {{"label", labels.names[l]}, {"no", labels.values[l][0]}, {"yes", labels.values[l][1]}});
  }
  return json;
}

std::string rule_text(const RunPlan& plan, const Split& split) {
  if (plan.protocol.kind == Protocol::paper) {
    return "best test macro F1; each metric below at its own best test epoch";
  }
  if (split.inner.empty()) {
    return "best validation macro F1, then lower validation loss, then earlier epoch";
  }
  return fmt::format(
      "best macro F1 over {} inner folds, then lower loss, then earlier epoch; then trained on all "
      "of them",
      split.inner.size());
}

Json split_json(const Dataset& dataset, const Split& split) {
  return split_json_of(dataset, split);
}
Json split_json(const MultiLabelDataset& dataset, const Split& split) {
  return split_json_of(dataset, split);
}

Json fusion_json(const RunPlan& plan, const FusionShape& shape) {
  return {{"kind", name_of(plan.fusion)},
          {"image_dim", shape.image_dim},
          {"text_dim", shape.text_dim},
          {"parameters", shape.parameters()}};
}

Json options_json(const RunPlan& plan) {
  return {{"epochs", plan.epochs},
          {"batch", plan.options.batch},
          {"learning_rate", plan.options.learning_rate},
          {"weight_decay", plan.options.weight_decay},
          {"dropout", plan.options.dropout},
          {"seed", plan.options.seed},
          {"split_seed", plan.protocol.seed},
          {"threads", plan.options.threads}};
}

Json task_json(const Dataset& dataset) {
  Json json = {{"type", dataset.classes() == 2 ? "binary" : "multi-class"},
               {"label", dataset.options.label},
               {"classes", dataset.labels.names}};
  if (dataset.order) json["order"] = in_order(dataset.labels.names, *dataset.order);
  return json;
}

std::string label_text(const std::string& label, const Dataset& dataset) {
  if (!dataset.order) return fmt::format("label {} ({} classes)", label, dataset.classes());
  return fmt::format("label {} ({} classes: {})", label, dataset.classes(),
                     fmt::join(in_order(dataset.labels.names, *dataset.order), " < "));
}

Json data_json(const Dataset& dataset, const ProtocolOptions& protocol, const RunContext& context) {
  return data_json_of(dataset, protocol, context);
}
Json data_json(const MultiLabelDataset& dataset, const ProtocolOptions& protocol,
               const RunContext& context) {
  return data_json_of(dataset, protocol, context);
}

Json tables_json(const RunContext& context) {
  Json json = Json::array();
  for (const std::string& table : context.tables) {
    Json file = {{"table", table}};
    for (const auto& part : files_of(table))
      file["sha256"][part.string()] = sha256_file(part).hex();
    if (const auto embedded = find_embed_report(table)) file["embedding"] = *embedded;
    json.push_back(file);
  }
  return json;
}

Json metrics_json(const Dataset& dataset, const Split& split, const RunResult& result,
                  const RunContext& context) {
  return metrics_json_of(dataset, split, result, context);
}
Json metrics_json(const MultiLabelDataset& dataset, const Split& split,
                  const MultiLabelRunResult& result, const RunContext& context) {
  return metrics_json_of(dataset, split, result, context);
}

std::string cautions_text(const GroupedTable& dataset, const ProtocolOptions& protocol,
                          const RunContext& context) {
  std::string text;
  const bool paper = protocol.kind == Protocol::paper;
  if (paper) text += fmt::format("{}\n", caution_of(protocol.kind));
  if (!dataset.options.group && !paper) {
    text +=
        "--no-group: rows of one patient may be in training and test; if so, the scores are too "
        "good\n";
  }
  if (from_untrained_encoder(context.tables)) text += fmt::format("{}\n", kUntrainedCaution);
  if (dataset.unlabelled > 0) {
    text += fmt::format("left out: {} row{} without a label\n", dataset.unlabelled,
                        dataset.unlabelled == 1 ? "" : "s");
  }
  if (!dataset.left_out.empty()) {
    text += fmt::format("left out by --min-groups {}: {}\n", dataset.options.min_groups,
                        fmt::join(dataset.left_out, ", "));
  }
  if (std::ranges::any_of(context.findings,
                          [](const Finding& f) { return f.severity >= Severity::warning; })) {
    text += findings_text(context.findings, Severity::warning);
  }
  return text;
}

std::string cautions_text(const MultiLabelDataset& dataset, const ProtocolOptions& protocol,
                          const RunContext& context) {
  std::vector<std::string> unknown;
  const Json all = answers_json(dataset.labels);
  for (const auto& [label, answers] : all.items()) {
    const auto rows = answers["unknown"].get<int64_t>();
    if (rows > 0) unknown.push_back(fmt::format("{} in {}", label, rows));
  }
  std::string text = cautions_text(static_cast<const GroupedTable&>(dataset), protocol, context);
  if (!unknown.empty()) {
    text += fmt::format("rows without an answer, which train and score the other labels: {}\n",
                        fmt::join(unknown, ", "));
  }
  return text;
}

std::string split_text(const GroupedTable& dataset, const Split& split) {
  const auto part = [&](const char* name, const std::vector<int32_t>& rows) {
    if (!dataset.options.group) return fmt::format("{} {}", name, rows.size());
    return fmt::format("{} {} ({} groups)", name, rows.size(), groups_in(dataset, rows));
  };
  std::string text = "rows: " + part("train", split.train);
  if (!split.validation.empty()) text += ", " + part("validation", split.validation);
  text += ", " + part("test", split.test);
  if (!split.left_out.empty()) text += ", " + part("left out", split.left_out);
  return text + "\n";
}

std::string run_text(const Dataset& dataset, const Split& split, const RunResult& result,
                     const RunContext& context) {
  return run_text_of(dataset, split, result, context);
}
std::string run_text(const MultiLabelDataset& dataset, const Split& split,
                     const MultiLabelRunResult& result, const RunContext& context) {
  return run_text_of(dataset, split, result, context);
}

void write_run(const std::filesystem::path& folder, const Dataset& dataset, const Split& split,
               const RunResult& result, const Json& metrics) {
  write_run_of(folder, dataset, split, result, metrics);
}
void write_run(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
               const Split& split, const MultiLabelRunResult& result, const Json& metrics) {
  write_run_of(folder, dataset, split, result, metrics);
}

std::string log_text(const std::vector<std::string>& log, const std::string& before) {
  std::string text;
  for (const std::string& line : log) text += before + line + "\n";
  return text;
}

}  // namespace puente
