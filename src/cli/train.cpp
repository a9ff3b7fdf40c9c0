// puente train: one classifier from an embedding table.
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/finish_training.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "data/manifest.h"
#include "experiment/cross_validation.h"
#include "report/cross_validation_report.h"
#include "report/geometry_report.h"

namespace puente::cli {
namespace {

struct TrainOptions : TrainingOptions {
  std::string fusion;
  std::string align = "none";
  std::string lambda;
  AssessmentPlan assessment;
  Wishes wishes;
};

AlignSpec align_of(const TrainOptions& o) {
  if (o.lambda.empty()) return AlignSpec::parse(o.align);
  // --align shift --lambda 0.4 is the long form of --align shift:0.4.
  const AlignFamily family(o.align);
  const std::vector<double> lambdas = parse_lambdas(o.lambda);
  if (lambdas.size() != 1) fail("--lambda {}: one number; `puente sweep` tries several", o.lambda);
  if (!family.is_open()) {
    fail("--lambda {}: alignment '{}' has no lambda left open, as 'shift' has", o.lambda, o.align);
  }
  return family.at(lambdas.front());
}

bool asks_for_more(const TrainOptions& o) {
  return !o.assessment.subgroups.empty() || o.wishes.sensitivity || o.wishes.specificity ||
         o.assessment.per_group;
}

template <class AnyDataset>
void train_once(const TrainOptions& o, const AnyDataset& dataset, const RunPlan& plan,
                const Stopwatch& total, Progress& progress) {
  const Split split = make_split(dataset, plan.protocol);
  check_assessment(dataset, split, o.assessment, o.wishes);
  if (!o.keep_cases.empty()) {
    require_column(dataset.table.columns, o.keep_cases, "--keep-cases", dataset.table.source);
  }
  std::vector<Finding> findings = audit_before(o, dataset, split);
  const AlignedTable aligned = align_for(dataset, split, plan.protocol.kind, plan.align);
  make_output_folder(o.out);
  progress.begin("training", "epochs", most_epochs(split, plan));
  auto result = run(dataset, split, aligned, plan, [&progress] { progress.advance(1); });
  progress.end();
  const RunContext context{o.tables, total.seconds(), std::move(findings)};
  finish_training(o, o.assessment, o.wishes, dataset, split, result, context);
}

template <class AnyDataset>
void train_each_split(const TrainOptions& o, const AnyDataset& dataset, const RunPlan& plan,
                      const Stopwatch& total, Progress& progress) {
  std::vector<NamedSplit> splits = make_splits(dataset, plan.protocol);
  std::vector<Finding> findings = audit_before(o, dataset, std::nullopt);
  make_output_folder(o.out);
  const auto all = cross_validate(dataset, std::move(splits), plan, progress);
  const RunContext context{o.tables, total.seconds(), std::move(findings)};
  const Json metrics = cross_validation_json(dataset, plan, all, context);
  write_cross_validation(o.out, dataset, all, metrics);
  write_geometry(o.out, dataset, all.splits, plan.protocol.kind, o.tables);
  show(o.common, metrics, [&] { return cross_validation_text(dataset, plan, all, context); });
}

template <class AnyDataset>
void train(const TrainOptions& o, const AnyDataset& dataset, const RunPlan& plan,
           const Stopwatch& total) {
  ProgressBar progress(o.common.quiet);
  if (has_one_split(plan.protocol.kind)) {
    train_once(o, dataset, plan, total, progress);
  } else {
    train_each_split(o, dataset, plan, total, progress);
  }
}

void run_train(const TrainOptions& o) {
  const Stopwatch total;
  RunPlan plan = plan_of(o);
  plan.align = align_of(o);
  plan.fusion = parse_fusion(o.fusion);
  check_fusion(plan);
  if (asks_for_more(o) &&
      (!has_one_split(plan.protocol.kind) || plan.protocol.kind == Protocol::paper)) {
    fail(
        "--subgroups, --sensitivity, --specificity and --unit are about one set of test rows that "
        "nothing was chosen on: use --protocol holdout or time:COLUMN");
  }
  if (!o.keep_cases.empty() &&
      (!has_one_split(plan.protocol.kind) || plan.protocol.kind == Protocol::paper)) {
    fail("--keep-cases is about the bundle, which --protocol {} does not make", o.protocol);
  }
  EmbeddingTable table = read_training_table(o);
  const std::vector<std::string> labels = label_columns(o.label, table);
  if (labels.size() > 1) {
    train(o, several_labels_dataset(o, std::move(table), labels), plan, total);
  } else {
    train(o, one_label_dataset(o, std::move(table), "train"), plan, total);
  }
}

}  // namespace

void add_train(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<TrainOptions>();
  CLI::App* command =
      app.add_subcommand("train", "Train one fusion classifier on an embedding table");
  add_training_options(*command, *o);
  command->add_option("--fusion", o->fusion, "early or late")->type_name("KIND")->required();
  command
      ->add_option("--align", o->align,
                   "none, normalise, centre, standardise, whiten, shift:LAMBDA, procrustes, cca:K, "
                   "noise:S+shift:LAMBDA, ...: steps in their order (docs/alignment.md has all)")
      ->type_name("STEPS")
      ->capture_default_str();
  command->add_option("--lambda", o->lambda, "--align shift --lambda X is --align shift:X");
  add_assessment_options(*command, o->assessment);
  command
      ->add_option("--sensitivity", o->wishes.sensitivity,
                   "Choose the threshold that reaches it, and say what it gives on the test rows")
      ->type_name("SHARE");
  command->add_option("--specificity", o->wishes.specificity, "The same for a specificity")
      ->type_name("SHARE");
  command
      ->add_option("--keep-cases", o->keep_cases,
                   "Put the training cases' vectors, labels and names (from this column) into the "
                   "bundle, so that predict and serve can show the nearest; whoever gets the "
                   "bundle gets them too")
      ->type_name("COLUMN");
  command->add_option("--seed", o->seed, "Seed of the initial weights and the batch order")
      ->type_name("N")
      ->capture_default_str();
  command->callback([o, &run_command] { run_command = [o] { run_train(*o); }; });
}

}  // namespace puente::cli
