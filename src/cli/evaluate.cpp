// puente evaluate: a trained bundle on another table, nothing refitted.
#include "bundle/evaluate.h"

#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "cli/command.h"
#include "cli/training_options.h"
#include "report/embed_report.h"
#include "report/evaluate_report.h"

namespace puente::cli {
namespace {

struct Options : TableOptions {
  Common common;
  std::string bundle;
  std::string label;
  std::string group;
  bool no_group = false;
  std::optional<std::vector<std::string>> ordinal;
  AssessmentPlan assessment;
  std::string out;
};

/// The bundle's own metrics.json would be replaced.
void refuse_bundle_folder(const Options& o) {
  std::error_code not_there;
  if (std::filesystem::equivalent(o.bundle, o.out, not_there)) {
    fail("--out {}: this is the bundle's own folder; name another", o.out);
  }
}

void run_evaluate(const Options& o) {
  const Stopwatch total;
  check_group_options(o.group, o.no_group, "so that intervals draw whole groups");
  refuse_bundle_folder(o);
  const Bundle bundle = load_bundle(o.bundle);
  EmbeddingTable table = read_tables(o);
  EvaluateContext context{o.bundle, {o.tables, 0}, {}};
  context.vector_cautions = check_vectors(bundle, table, recipes_of(embed_reports(o.tables)));
  DatasetOptions options = dataset_options(o.label, o.group);
  options.ordinal = o.ordinal;
  const Dataset dataset = dataset_for(bundle, std::move(table), options);
  AssessmentPlan plan = o.assessment;
  plan.threads = o.common.thread_count();
  const BundleEvaluation evaluation = evaluate_bundle(bundle, dataset, plan);

  make_output_folder(o.out);
  context.run.total_seconds = total.seconds();
  const Json metrics = evaluate_json(bundle, dataset, evaluation, context);
  write_evaluation(o.out, dataset, evaluation, metrics);
  show(o.common, metrics, [&] { return evaluate_text(bundle, dataset, evaluation, context); });
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "evaluate", "Score a trained classifier on another hospital's table, nothing refitted");
  command->add_option("bundle", o->bundle, "Folder that puente train wrote")
      ->type_name("DIR")
      ->required();
  add_table_options(*command, *o);
  command->add_option("--label", o->label, "Column that holds the class, named as in training")
      ->type_name("COLUMN")
      ->required();
  command
      ->add_option("--group", o->group,
                   "Column that says which rows belong together (patient, lesion)")
      ->type_name("COLUMN");
  command->add_flag("--no-group", o->no_group, "Every row stands alone; said on every output");
  add_ordinal_option(*command, o->ordinal);
  add_assessment_options(*command, o->assessment);
  command->add_option("--out", o->out, "Folder for the results")->type_name("DIR")->required();
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_evaluate(*o); }; });
}

}  // namespace puente::cli
