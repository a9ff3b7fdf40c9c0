#include "report/evaluate_report.h"

#include <fmt/ranges.h>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "report/assessment_report.h"
#include "report/curves_report.h"
#include "report/embed_report.h"
#include "report/evaluation_report.h"
#include "report/prediction_file.h"

namespace puente {
namespace {

/// Of the tables' manifests, for want of a picture.
int64_t skipped_rows(const std::vector<std::string>& tables) {
  int64_t rows = 0;
  for (const Json& report : embed_reports(tables)) {
    if (report.is_object()) rows += report.value("skipped_rows", int64_t{0});
  }
  return rows;
}

std::vector<std::string> cautions_of(const Bundle& bundle, const GroupedTable& dataset,
                                     const std::vector<std::string>& absent,
                                     const EvaluateContext& context) {
  std::vector<std::string> cautions;
  if (!dataset.options.group) {
    cautions.emplace_back(
        "--no-group: rows of one patient may count as several; if so, the intervals are too "
        "narrow");
  }
  if (bundle.recipes.untrained || from_untrained_encoder(context.run.tables)) {
    cautions.emplace_back(kUntrainedCaution);
  }
  if (const int64_t skipped = skipped_rows(context.run.tables); skipped > 0) {
    cautions.push_back(
        fmt::format("{} row{} left out when the table was made: no picture could be read", skipped,
                    skipped == 1 ? " was" : "s were"));
  }
  cautions.insert(cautions.end(), context.vector_cautions.begin(), context.vector_cautions.end());
  if (!absent.empty()) {
    cautions.push_back(fmt::format(
        "classes of the bundle that no row here has: {}; AUC and average precision over all "
        "classes are undefined",
        fmt::join(absent, ", ")));
  }
  return cautions;
}

Json drift_json(const std::optional<Drift>& drift) {
  if (!drift) return nullptr;
  return {{"shift", drift->shift},
          {"shift_by_sampling", drift->sampling},
          {"variance_ratio", drift->variance_ratio},
          {"dimensions", drift->dimensions}};
}

template <class Evaluated>
std::string drift_text(const Evaluated& evaluation) {
  TextTable table({"drift against training", "shift", "by sampling", "variance ratio"});
  const auto add = [&](const char* name, const std::optional<Drift>& drift) {
    if (!drift) return;
    table.add({name, score_text(drift->shift), score_text(drift->sampling),
               score_text(drift->variance_ratio)});
  };
  add("image vectors", evaluation.image_drift);
  add("text vectors", evaluation.text_drift);
  return "\n" + table.text() +
         "shift: of the mean, in training standard deviations; by sampling: what it would be with "
         "no change\n";
}

template <class Target, class Evaluated>
void write_files(const std::filesystem::path& folder, const typename Target::Dataset& dataset,
                 const Evaluated& evaluation, const Json& curves, const Json& metrics) {
  BasicPredictionFile<Target> predictions(folder / "predictions.csv", dataset);
  predictions.add(first_numbers(static_cast<size_t>(dataset.rows())), evaluation.predictions);
  predictions.commit();
  write_file(folder / "curves.json", curves.dump() + "\n");
  write_file(folder / "metrics.json", metrics.dump(2) + "\n");
}

}  // namespace

Json evaluate_json(const Bundle& bundle, const Dataset& dataset, const BundleEvaluation& evaluation,
                   const EvaluateContext& context) {
  Json json;
  json["puente"] = PUENTE_VERSION;
  json["task"] = task_json(dataset);
  json["bundle"] = {{"folder", context.bundle.string()},
                    {"sha256", sha256_file(context.bundle / "bundle.json").hex()},
                    {"label", bundle.label},
                    {"align", bundle.alignment.spec().text()},
                    {"fusion", name_of(bundle.weights.shape.kind)}};
  json["cautions"] = cautions_of(bundle, dataset, evaluation.absent, context);
  json["group"] = dataset.options.group ? Json(*dataset.options.group) : Json(nullptr);
  json["groups"] = dataset.groups.count();
  json["absent_classes"] = evaluation.absent;
  json["tables"] = tables_json(context.run);
  json["test"] = evaluation_json(evaluation.scores, bundle.classes);
  json["test"]["intervals"] = intervals_json(evaluation.estimates, bundle.classes);
  json["assessment"] = assessment_json(evaluation.assessment, bundle.classes);
  json["drift"] = {{"image", drift_json(evaluation.image_drift)},
                   {"text", drift_json(evaluation.text_drift)}};
  json["seconds"] = {{"total", context.run.total_seconds}};
  return json;
}

Json evaluate_json(const std::vector<Bundle>& bundles, const MultiLabelDataset& dataset,
                   const LabelsEvaluation& evaluation, const EvaluateContext& context) {
  const Bundle& any = bundles.front();
  Json json;
  json["puente"] = PUENTE_VERSION;
  json["task"] = {{"type", "multi-label"},
                  {"label", dataset.options.label},
                  {"labels", labels_json(dataset.labels)},
                  {"rows_per_label", answers_json(dataset.labels)}};
  json["bundle"] = {{"folder", context.bundle.string()},
                    {"sha256", sha256_file(context.bundle / "bundle.json").hex()},
                    {"align", any.alignment.spec().text()},
                    {"fusion", name_of(any.weights.shape.kind)}};
  json["cautions"] = cautions_of(any, dataset, evaluation.absent, context);
  json["group"] = dataset.options.group ? Json(*dataset.options.group) : Json(nullptr);
  json["groups"] = dataset.groups.count();
  json["rows_without_label"] = dataset.unlabelled;
  json["absent_classes"] = evaluation.absent;
  json["tables"] = tables_json(context.run);
  json["test"] = evaluation_json(evaluation.scores, dataset.labels);
  json["test"]["intervals"] = intervals_json(evaluation.estimates, dataset.labels);
  json["assessment"] = assessment_json(evaluation.assessments, dataset.labels);
  json["drift"] = {{"image", drift_json(evaluation.image_drift)},
                   {"text", drift_json(evaluation.text_drift)}};
  json["seconds"] = {{"total", context.run.total_seconds}};
  return json;
}

std::string evaluate_text(const Bundle& bundle, const Dataset& dataset,
                          const BundleEvaluation& evaluation, const EvaluateContext& context) {
  std::string text;
  for (const std::string& caution : cautions_of(bundle, dataset, evaluation.absent, context)) {
    text += caution + "\n";
  }
  text += fmt::format("bundle {}: {}, {} fusion, align {}; nothing refitted\n",
                      context.bundle.string(), label_text(bundle.label, dataset),
                      name_of(bundle.weights.shape.kind), bundle.alignment.spec().text());
  text += fmt::format("rows: {}", dataset.rows());
  if (dataset.options.group) text += fmt::format(" ({} groups)", dataset.groups.count());
  text += "\n\n" + per_class_text(evaluation.scores, bundle.classes) + "\n";
  const EvaluationEstimates& e = evaluation.estimates;
  TextTable scores(figure_names({""}, dataset.order.has_value()));
  scores.add(figure_cells({"these rows"}, evaluation.scores));
  scores.add(interval_cells({"95 % interval"}, e));
  text += scores.text() + why_no_intervals(e);
  text += assessment_text(evaluation.assessment, bundle.classes);
  return text + drift_text(evaluation);
}

std::string evaluate_text(const std::vector<Bundle>& bundles, const MultiLabelDataset& dataset,
                          const LabelsEvaluation& evaluation, const EvaluateContext& context) {
  const Bundle& any = bundles.front();
  std::string text;
  for (const std::string& caution : cautions_of(any, dataset, evaluation.absent, context)) {
    text += caution + "\n";
  }
  text += fmt::format("bundle {}: {}, {} fusion, align {}; nothing refitted\n",
                      context.bundle.string(), question_text(dataset),
                      name_of(any.weights.shape.kind), any.alignment.spec().text());
  text += fmt::format("rows: {}", dataset.rows());
  if (dataset.options.group) text += fmt::format(" ({} groups)", dataset.groups.count());
  if (dataset.unlabelled > 0) text += fmt::format("; {} without a label", dataset.unlabelled);
  text += "\n\n" + per_label_text(evaluation.scores, evaluation.estimates, dataset.labels) + "\n";
  const MultiLabelEstimates& e = evaluation.estimates;
  TextTable scores({"mean over labels", "accuracy", "macro F1", "AUC"});
  scores.add({"these rows", score_text(evaluation.scores.accuracy),
              score_text(evaluation.scores.macro_f1), score_text(evaluation.scores.auc)});
  scores.add({"95 % interval", interval_text(e.accuracy), interval_text(e.macro_f1),
              interval_text(e.auc)});
  text += scores.text() + why_no_intervals(e);
  text += assessment_text(evaluation.assessments, dataset.labels);
  return text + drift_text(evaluation);
}

void write_evaluation(const std::filesystem::path& folder, const Dataset& dataset,
                      const BundleEvaluation& evaluation, const Json& metrics) {
  write_files<SingleLabel>(
      folder, dataset, evaluation,
      curves_json(evaluation.predictions, evaluation.scores, dataset.labels.names), metrics);
}

void write_evaluation(const std::filesystem::path& folder, const MultiLabelDataset& dataset,
                      const LabelsEvaluation& evaluation, const Json& metrics) {
  write_files<MultiLabel>(folder, dataset, evaluation,
                          curves_json(evaluation.predictions, evaluation.scores, dataset.labels),
                          metrics);
}

}  // namespace puente
