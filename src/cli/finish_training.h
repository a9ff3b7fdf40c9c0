// What comes after a training, whatever was trained: intervals, assessment, the bundle, the files
// and the words on the terminal.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "bundle/bundle.h"
#include "cli/command.h"
#include "cli/training_card.h"
#include "cli/training_options.h"
#include "experiment/assessment.h"
#include "experiment/multi_label_assessment.h"
#include "report/assessment_report.h"
#include "report/embed_report.h"
#include "report/geometry_report.h"
#include "report/run_report.h"

namespace puente::cli {

/// What a training has come to, for a program and for a person.
struct TrainingWords {
  Json metrics;
  std::string text;
};

/// Of `result` with its predictions, into `folder`. `keep_cases`: the column that names them in the
/// bundle; empty: none are kept. `more` is added to metrics.json.
template <class AnyDataset, class AnyResult>
TrainingWords write_training(const std::filesystem::path& folder, const AssessmentPlan& plan,
                             const Wishes& wishes, const std::string& keep_cases,
                             const AnyDataset& dataset, const Split& split, AnyResult& result,
                             const RunContext& context, const Json& more = Json::object()) {
  using AnyFitted = decltype(fit_assessment(dataset, split, result.chosen_on, plan, wishes));
  std::optional<decltype(assess(dataset, {}, AnyFitted{}, {}))> assessment;
  std::optional<decltype(make_bundle(dataset, split, result, AnyFitted{}, {}))> bundle;
  if (result.plan.protocol.kind != Protocol::paper) {
    result.estimates =
        estimate_test(dataset, split.test, {&result.predictions, 1}, result.plan.options.threads);
    const AnyFitted fitted = fit_assessment(dataset, split, result.chosen_on, plan, wishes);
    assessment = assess(dataset, {split.test, result.predictions}, fitted, plan);
    bundle = make_bundle(dataset, split, result, fitted, recipes_of(embed_reports(context.tables)));
    if (!keep_cases.empty()) puente::keep_cases(*bundle, dataset, split, keep_cases);
  }
  Json metrics = metrics_json(dataset, split, result, context);
  metrics.update(more);
  std::string text = run_text(dataset, split, result, context);
  if (assessment) {
    metrics["assessment"] = assessment_json(*assessment, names_of(dataset));
    text += assessment_text(*assessment, names_of(dataset));
  }
  write_run(folder, dataset, split, result, metrics);
  write_geometry(folder, dataset, std::vector<NamedSplit>{{"", 0, split}},
                 result.plan.protocol.kind, context.tables);
  if (bundle) save_bundle(*bundle, folder);
  write_training_card(folder, metrics);
  return {std::move(metrics), std::move(text)};
}

/// The same as a command ends: into o.out, and shown. `last_words` are for a person.
template <class AnyDataset, class AnyResult>
void finish_training(const TrainingOptions& o, const AssessmentPlan& plan, const Wishes& wishes,
                     const AnyDataset& dataset, const Split& split, AnyResult& result,
                     const RunContext& context, const Json& more = Json::object(),
                     const std::string& last_words = "") {
  AssessmentPlan own = plan;
  own.threads = o.common.thread_count();
  const TrainingWords words =
      write_training(o.out, own, wishes, o.keep_cases, dataset, split, result, context, more);
  show(o.common, words.metrics, [&] { return words.text + last_words; });
}

}  // namespace puente::cli
