// puente sweep: lambda x fusion x seeds on one split.
#include "experiment/sweep.h"

#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "report/sweep_report.h"

namespace puente::cli {
namespace {

struct SweepOptions : TrainingOptions {
  std::string fusion = "early,late";
  std::string lambda = "-1:1:0.1";
  int seeds = 5;
};

void run_sweep(const SweepOptions& o) {
  const Stopwatch total;
  SweepPlan plan;
  plan.base = plan_of(o);
  plan.lambdas = parse_lambdas(o.lambda);
  plan.fusions = parse_fusions(o.fusion);
  plan.seeds = o.seeds;
  plan.threads = o.common.thread_count();
  if (!has_one_split(plan.base.protocol.kind)) {
    fail("--protocol {}: a sweep works on one split: holdout, time:COLUMN or paper", o.protocol);
  }
  const Dataset dataset = one_label_dataset(o, read_training_table(o), "sweep");
  const Split split = make_split(dataset, plan.base.protocol);
  ProgressBar progress(o.common.quiet);
  std::vector<Finding> findings = audit_before(o, dataset, split);
  make_output_folder(o.out);

  const SweepResult result = sweep(dataset, split, plan, progress);
  const RunContext context{o.tables, total.seconds(), std::move(findings)};
  const Json metrics = sweep_json(dataset, split, plan, result, context);
  write_sweep(o.out, plan, result, metrics);
  show(o.common, metrics, [&] { return sweep_text(dataset, split, plan, result, context); });
}

}  // namespace

void add_sweep(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<SweepOptions>();
  o->chooser = Chooser::validation;  // a sweep is many runs
  CLI::App* command = app.add_subcommand("sweep", "Try every lambda, fusion and seed on one split");
  add_training_options(*command, *o);
  command->add_option("--lambda", o->lambda, "from:to:step, or a list such as 0,0.4,1")
      ->capture_default_str();
  command->add_option("--fusion", o->fusion, "early, late, or both")->capture_default_str();
  command->add_option("--seeds", o->seeds, "Runs per cell, with seeds --seed, --seed + 1, ...")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command->add_option("--seed", o->seed, "First seed")->type_name("N")->capture_default_str();
  command->callback([o, &run_command] { run_command = [o] { run_sweep(*o); }; });
}

}  // namespace puente::cli
