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

/// Of `result` with its predictions, into o.out. `more` is added to metrics.json, `last_words` to
/// what a person reads.
template <class AnyDataset, class AnyResult>
void finish_training(const TrainingOptions& o, const AssessmentPlan& plan, const Wishes& wishes,
                     const AnyDataset& dataset, const Split& split, AnyResult& result,
                     const RunContext& context, const Json& more = Json::object(),
                     const std::string& last_words = "") {
  using AnyFitted = decltype(fit_assessment(dataset, split, result.chosen_on, plan, wishes));
  std::optional<decltype(assess(dataset, {}, AnyFitted{}, {}))> assessment;
  std::optional<decltype(make_bundle(dataset, split, result, AnyFitted{}, {}))> bundle;
  if (result.plan.protocol.kind != Protocol::paper) {
    result.estimates =
        estimate_test(dataset, split.test, {&result.predictions, 1}, result.plan.options.threads);
    const AnyFitted fitted = fit_assessment(dataset, split, result.chosen_on, plan, wishes);
    AssessmentPlan own = plan;
    own.threads = o.common.thread_count();
    assessment = assess(dataset, {split.test, result.predictions}, fitted, own);
    bundle = make_bundle(dataset, split, result, fitted, recipes_of(embed_reports(context.tables)));
    if (!o.keep_cases.empty()) keep_cases(*bundle, dataset, split, o.keep_cases);
  }
  Json metrics = metrics_json(dataset, split, result, context);
  metrics.update(more);
  std::string text = run_text(dataset, split, result, context);
  if (assessment) {
    metrics["assessment"] = assessment_json(*assessment, names_of(dataset));
    text += assessment_text(*assessment, names_of(dataset));
  }
  write_run(o.out, dataset, split, result, metrics);
  write_geometry(o.out, dataset, std::vector<NamedSplit>{{"", 0, split}}, result.plan.protocol.kind,
                 context.tables);
  if (bundle) save_bundle(*bundle, o.out);
  write_training_card(o.out, metrics);
  show(o.common, metrics, [&] { return text + last_words; });
}

}  // namespace puente::cli
