// puente baselines: what simpler classifiers reach on the rows that score the fusion classifier.
#include "experiment/baselines.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "report/baselines_report.h"

namespace puente::cli {
namespace {

struct BaselinesOptions : TrainingOptions {
  std::string fusion = "early";
  std::string align = "none";
  std::vector<std::string> heads = {"logistic", "ridge", "lda", "knn", "prototypes"};
  std::vector<std::string> tabular;
  int seeds = 3;
  bool curve = false;
};

void run_baselines(const BaselinesOptions& o) {
  const Stopwatch total;
  BaselinesPlan plan;
  plan.fusion = plan_of(o);
  plan.fusion.fusion = parse_fusion(o.fusion);
  plan.fusion.align = AlignSpec::parse(o.align);
  plan.seeds = o.seeds;
  plan.tabular = o.tabular;
  plan.learning_curve = o.curve;
  for (const std::string& head : o.heads) {
    if (std::ranges::count(o.heads, head) > 1) fail("--heads names '{}' twice", head);
    plan.heads.push_back(HeadSpec::parse(head));
  }
  const Protocol protocol = plan.fusion.protocol.kind;
  if (protocol != Protocol::holdout && protocol != Protocol::time) {
    fail("--protocol {}: baselines are compared on one set of test rows: holdout or time:COLUMN",
         o.protocol);
  }
  if (o.chooser == Chooser::folds) {
    fail("--choose folds: all classifiers choose on the same validation rows here");
  }
  plan.fusion.protocol.chooser = Chooser::validation;
  const Dataset dataset = one_label_dataset(o, read_training_table(o), "baselines");
  const Split split = make_split(dataset, plan.fusion.protocol);
  check_baselines(dataset, split, plan);
  ProgressBar progress(o.common.quiet);
  std::vector<Finding> findings = audit_before(o, dataset, split);
  make_output_folder(o.out);

  const Baselines result = compare_baselines(dataset, split, plan, progress);
  const RunContext context{o.tables, total.seconds(), std::move(findings)};
  const Json json = baselines_json(dataset, split, plan, result, context);
  write_baselines(o.out, result, json);
  show(o.common, json, [&] { return baselines_text(dataset, split, plan, result, context); });
}

}  // namespace

void add_baselines(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<BaselinesOptions>();
  CLI::App* command = app.add_subcommand(
      "baselines", "Compare fusion with simpler classifiers, each half alone, and plain columns");
  add_training_options(*command, *o);
  command->add_option("--fusion", o->fusion, "early or late: the one to compare with")
      ->type_name("KIND")
      ->capture_default_str();
  command->add_option("--align", o->align, "As for train")
      ->type_name("METHOD")
      ->capture_default_str();
  command->add_option("--heads", o->heads, "logistic, ridge, lda, knn, prototypes")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--tabular", o->tabular,
                   "Columns (age,sex) as they are: does their embedding beat them?")
      ->type_name("COLUMNS")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--seeds", o->seeds, "Trainings of each fusion classifier, averaged")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command->add_option("--seed", o->seed, "First seed")->type_name("N")->capture_default_str();
  command->add_flag("--curve", o->curve, "Also train on 5 to 100 % of the training groups");
  command->callback([o, &run_command] { run_command = [o] { run_baselines(*o); }; });
}

}  // namespace puente::cli
