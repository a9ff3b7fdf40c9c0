// puente sweep: alignments x lambda x fusion x seeds, and the verdict on them.
#include "experiment/sweep.h"

#include <fmt/ranges.h>
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/end_report.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "experiment/alignment_verdict.h"
#include "report/geometry_report.h"
#include "report/sweep_report.h"

namespace puente::cli {
namespace {

struct SweepOptions : TrainingOptions {
  std::string align = "shift";
  std::string fusion = "early,late";
  std::string lambda = "-1:1:0.1";
  int seeds = 5;
  bool no_paper = false;
  bool plan = false;
  bool no_report = false;
};

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", std::max(1.0, seconds));
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

/// How much work a sweep is.
struct SweepWork {
  int64_t trainings = 0;
  int64_t beside = 0;  // for the verdict
  double seconds = 0;  // of both
};

std::string work_text(const SweepPlan& plan, size_t splits, const SweepWork& work) {
  std::string text =
      fmt::format("{} trainings: {} alignments, {} fusion{}, {} seed{}", work.trainings,
                  plan.methods.size(), plan.fusions.size(), plan.fusions.size() == 1 ? "" : "s",
                  plan.seeds, plan.seeds == 1 ? "" : "s");
  if (splits > 1) text += fmt::format(", {} splits", splits);
  if (work.beside > 0) text += fmt::format("; {} more for the verdict", work.beside);
  return text + fmt::format("; about {} on {} core{}", duration_text(work.seconds), plan.threads,
                            plan.threads == 1 ? "" : "s");
}

SweepPlan sweep_plan_of(const SweepOptions& o) {
  SweepPlan plan;
  plan.base = plan_of(o);
  plan.methods = with_baselines(parse_alignments(o.align));
  plan.lambdas = parse_lambdas(o.lambda);
  plan.fusions = parse_fusions(o.fusion);
  plan.seeds = o.seeds;
  plan.threads = o.common.thread_count();
  return plan;
}

SweepWork work_of(const SweepOptions& o, const Dataset& dataset,
                  const std::vector<NamedSplit>& splits, const SweepPlan& plan) {
  const SweepEstimate estimate = estimate_sweep(dataset, splits, plan);
  SweepWork work{estimate.trainings, 0, estimate.seconds};
  if (plan.base.protocol.kind == Protocol::paper) return work;
  work.beside = trainings_beside(dataset, splits.size(), plan, !o.no_paper);
  work.seconds *= 1 + static_cast<double>(work.beside) / static_cast<double>(work.trainings);
  return work;
}

void show_work(const SweepOptions& o, const SweepPlan& plan, size_t splits, const SweepWork& work) {
  const Json json = {{"trainings", work.trainings},
                     {"trainings_for_the_verdict", work.beside},
                     {"seconds", work.seconds},
                     {"threads", plan.threads}};
  show(o.common, json, [&] { return work_text(plan, splits, work) + "\n"; });
}

void run_sweep(const SweepOptions& o) {
  const Stopwatch total;
  const SweepPlan plan = sweep_plan_of(o);
  const bool paper = plan.base.protocol.kind == Protocol::paper;
  const Dataset dataset = one_label_dataset(o, read_training_table(o), "sweep");
  const std::vector<NamedSplit> splits = make_splits(dataset, plan.base.protocol);
  const bool nested = splits.size() > 1;
  ProgressBar progress(o.common.quiet);
  for (const std::string& name : left_out_of(plan)) {
    progress.note(fmt::format("{} is left out: regularised goes with late fusion alone", name));
  }
  const SweepWork work = work_of(o, dataset, splits, plan);
  if (o.plan) return show_work(o, plan, splits.size(), work);
  std::vector<Finding> findings =
      audit_before(o, dataset, nested ? std::nullopt : std::optional<Split>(splits.front().split));
  make_output_folder(o.out);
  SweepBook book(std::filesystem::path(o.out) / "unfinished",
                 fmt::format("puente {} {}{}", PUENTE_VERSION,
                             sweep_identity(dataset, splits, plan), o.no_paper ? " alone" : ""));
  progress.note(work_text(plan, splits.size(), work));
  if (book.replaced_another()) {
    progress.note(fmt::format(
        "{}: an unfinished sweep of another table, version or other options is erased", o.out));
  } else if (book.found() > 0) {
    progress.note(
        fmt::format("{}: goes on after the {} trainings that are done", o.out, book.found()));
  }

  try {
    const SweepResult result = sweep(dataset, splits, plan, book, progress);
    FinishedSweep finished{dataset, splits, plan, result};
    if (!paper) {
      finished.verdict = judge_alignments(dataset, splits, plan, result, book, progress);
      if (!o.no_paper) finished.verdict->paper = paper_claims(dataset, plan, book, progress);
    }
    const RunContext context{o.tables, total.seconds(), std::move(findings)};
    const Json metrics = sweep_json(finished, context);
    write_sweep(o.out, finished, metrics);
    write_geometry(o.out, dataset, splits, plan.base.protocol.kind, o.tables);
    book.finish();
    const std::string report = o.no_report ? "" : write_end_report(o.out, progress);
    show(o.common, metrics, [&] { return sweep_text(finished, context) + report; });
  } catch (const Interrupted&) {
    progress.note(fmt::format(
        "{}: the trainings that are done are kept; the same command goes on after them", o.out));
    throw;
  }
}

}  // namespace

void add_sweep(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<SweepOptions>();
  o->chooser = Chooser::validation;  // a sweep is many runs
  CLI::App* command = app.add_subcommand(
      "sweep",
      "Try alignments with every lambda, fusion and seed, and say whether one helps; goes on where "
      "it was interrupted");
  add_training_options(*command, *o);
  command
      ->add_option("--align", o->align,
                   "Alignments, a comma between them, as for train; a shift without its lambda is "
                   "tried with each. none, normalise and centre, which they are compared with, are "
                   "always tried")
      ->type_name("METHODS")
      ->capture_default_str();
  command->add_option("--lambda", o->lambda, "from:to:step, or a list such as 0,0.4,1")
      ->capture_default_str();
  command->add_option("--fusion", o->fusion, "early, late, or both")->capture_default_str();
  command
      ->add_option("--seeds", o->seeds,
                   "Runs per cell, with seeds --seed, --seed + 1, ...; a verdict needs 3")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  command->add_option("--seed", o->seed, "First seed")->type_name("N")->capture_default_str();
  command->add_flag("--plan", o->plan,
                    "Say how many trainings that is and how long it takes; stop");
  command->add_flag("--no-report", o->no_report, "Write no report.html at the end");
  command->add_flag("--no-paper", o->no_paper,
                    "Leave out what the published protocol would have claimed");
  command->callback([o, &run_command] { run_command = [o] { run_sweep(*o); }; });
}

}  // namespace puente::cli
