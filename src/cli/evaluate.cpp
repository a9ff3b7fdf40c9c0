// puente evaluate: a trained bundle on another table, nothing refitted.
#include "bundle/evaluate.h"

#include <algorithm>
#include <fmt/ranges.h>
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

/// Those of the bundle's labels that --label names.
std::vector<Bundle> chosen_labels(const std::vector<Bundle>& bundles, const std::string& label) {
  std::vector<Bundle> chosen;
  for (const std::string& name : CLI::detail::split(label, ',')) {
    const auto found = std::ranges::find(bundles, name, &Bundle::label);
    if (found == bundles.end()) {
      std::vector<std::string> known;
      for (const Bundle& bundle : bundles) known.push_back(bundle.label);
      fail("--label {}: '{}' is none of the bundle's labels ({})", label, name,
           fmt::join(known, ", "));
    }
    if (std::ranges::find(chosen, name, &Bundle::label) != chosen.end()) {
      fail("--label names the column '{}' twice", name);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

/// `bundle` of one label, or one for each of several.
template <class AnyBundle, class AnyDataset>
void evaluate_and_show(const Options& o, const AnyBundle& bundle, const AnyDataset& dataset,
                       EvaluateContext& context, const Stopwatch& total) {
  AssessmentPlan plan = o.assessment;
  plan.threads = o.common.thread_count();
  const auto evaluation = evaluate_bundle(bundle, dataset, plan);
  make_output_folder(o.out);
  context.run.total_seconds = total.seconds();
  const Json metrics = evaluate_json(bundle, dataset, evaluation, context);
  write_evaluation(o.out, dataset, evaluation, metrics);
  show(o.common, metrics, [&] { return evaluate_text(bundle, dataset, evaluation, context); });
}

void run_evaluate(const Options& o) {
  const Stopwatch total;
  check_group_options(o.group, o.no_group, "so that intervals draw whole groups");
  refuse_bundle_folder(o);
  std::vector<Bundle> bundles = load_bundle(o.bundle);
  const bool several = bundles.size() > 1;  // else any column may hold the label
  if (several) bundles = chosen_labels(bundles, o.label);
  EmbeddingTable table = read_tables(o);
  EvaluateContext context{o.bundle, {o.tables, 0}, {}};
  context.vector_cautions =
      check_vectors(bundles.front(), table, recipes_of(embed_reports(o.tables)));
  const DatasetOptions options = dataset_options(o.label, o.group);
  if (several) {
    evaluate_and_show(o, bundles, dataset_for(bundles, std::move(table), options), context, total);
  } else {
    const Bundle& bundle = bundles.front();
    evaluate_and_show(o, bundle, dataset_for(bundle, std::move(table), options), context, total);
  }
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
  command
      ->add_option(
          "--label", o->label,
          "Column that holds the class, named as in training; of a bundle of several labels "
          "all or some of them (itch,grew)")
      ->type_name("COLUMN")
      ->required();
  command
      ->add_option("--group", o->group,
                   "Column that says which rows belong together (patient, lesion)")
      ->type_name("COLUMN");
  command->add_flag("--no-group", o->no_group, "Every row stands alone; said on every output");
  add_assessment_options(*command, o->assessment);
  command->add_option("--out", o->out, "Folder for the results")->type_name("DIR")->required();
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_evaluate(*o); }; });
}

}  // namespace puente::cli
