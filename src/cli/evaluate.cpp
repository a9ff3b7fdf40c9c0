// puente evaluate: a trained bundle on another hospital's table, or its raw data, nothing refitted.
#include "bundle/evaluate.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "bundle/embed_alike.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "report/embed_report.h"
#include "report/evaluate_report.h"

namespace puente::cli {
namespace {

struct EvaluateOptions : TableOptions {
  Common common;
  std::string bundle;
  std::string manifest;  // raw data instead of tables
  std::string images;
  EncoderFolders encoders;
  bool skip_bad = false;
  std::string label;
  std::string group;
  bool no_group = false;
  std::optional<std::vector<std::string>> ordinal;
  AssessmentPlan assessment;
  std::string out;
};

void check_evaluate_options(const EvaluateOptions& o) {
  check_group_options(o.group, o.no_group, "so that intervals draw whole groups");
  if (o.tables.empty() && o.manifest.empty()) {
    fail("give an embedding table, or --manifest M.csv, to be embedded as the bundle's table was");
  }
  if (!o.tables.empty() && !o.manifest.empty()) fail("give a table or --manifest, not both");
  if (!o.manifest.empty()) {
    if (!o.id.empty()) fail("--id joins two tables, and --manifest stands for one");
    return;
  }
  const auto refuse = [](bool given, const char* option) {
    if (given) fail("{} needs --manifest M.csv", option);
  };
  refuse(!o.images.empty(), "--images");
  refuse(!o.encoders.both.empty(), "--encoder");
  refuse(!o.encoders.own_image.empty(), "--image-encoder");
  refuse(!o.encoders.own_text.empty(), "--text-encoder");
  refuse(o.skip_bad, "--skip-bad");
}

/// The bundle's own metrics.json would be replaced.
void refuse_bundle_folder(const EvaluateOptions& o) {
  std::error_code not_there;
  if (std::filesystem::equivalent(o.bundle, o.out, not_there)) {
    fail("--out {}: this is the bundle's own folder; name another", o.out);
  }
}

/// A folder for results. If it was made here, it goes away again where nothing came into it.
class ResultsFolder {
 public:
  explicit ResultsFolder(std::filesystem::path path)
      : path_(std::move(path)), is_new_(!std::filesystem::exists(path_)) {
    make_output_folder(path_);
  }
  ~ResultsFolder() {
    std::error_code not_empty;
    if (is_new_) std::filesystem::remove(path_, not_empty);
  }
  ResultsFolder(const ResultsFolder&) = delete;
  ResultsFolder& operator=(const ResultsFolder&) = delete;

 private:
  std::filesystem::path path_;
  bool is_new_;
};

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

/// The rows with their labels and groups, and what is asked of them looked through. `bundle` of one
/// label, or one for each of several.
template <class AnyBundle>
auto checked_dataset(const EvaluateOptions& o, const AnyBundle& bundle, EmbeddingTable table) {
  DatasetOptions options = dataset_options(o.label, o.group);
  options.ordinal = o.ordinal;
  auto dataset = dataset_for(bundle, std::move(table), options);
  Split split;
  split.test = first_numbers(static_cast<size_t>(dataset.rows()));
  check_assessment(dataset, split, o.assessment, {});
  return dataset;
}

/// Embeds the manifest as the bundle's table was. The table stays with the results.
template <class AnyBundle>
std::string embed_manifest(const EvaluateOptions& o, const AnyBundle& bundle,
                           const Bundle& recipe) {
  RawData data{read_manifest(o.manifest), o.images, o.encoders.image(), o.encoders.text()};
  // What is wrong with its columns comes to light before the long work.
  checked_dataset(o, bundle, {data.manifest.columns, {}, {}, data.manifest.source});
  EmbedRequest request = embed_alike(recipe, std::move(data));
  EmbedJob& job = request.job;
  job.out = std::filesystem::path(o.out) / "embeddings.csv";
  job.threads = o.common.thread_count();
  job.skip_bad = o.skip_bad;
  const ResultsFolder folder(o.out);
  ProgressBar progress(o.common.quiet);
  const EmbedReport report = embed(request, progress);
  write_embed_report(embed_report_json(request, report), job.out);
  return job.out.string();
}

/// `recipe`: any of the bundles, which have their vectors in common.
template <class AnyBundle>
void evaluate_and_show(EvaluateOptions o, const AnyBundle& bundle, const Bundle& recipe) {
  const Stopwatch total;
  const bool raw = !o.manifest.empty();
  if (raw) o.tables = {embed_manifest(o, bundle, recipe)};
  EmbeddingTable table = read_tables(o);
  EvaluateContext context{o.bundle, {o.tables, 0}, {}};
  context.vector_cautions = check_vectors(recipe, table, recipes_of(embed_reports(o.tables)));
  const auto dataset = checked_dataset(o, bundle, std::move(table));
  AssessmentPlan plan = o.assessment;
  plan.threads = o.common.thread_count();
  const auto evaluation = evaluate_bundle(bundle, dataset, plan);
  make_output_folder(o.out);
  context.run.total_seconds = total.seconds();
  const Json metrics = evaluate_json(bundle, dataset, evaluation, context);
  write_evaluation(o.out, dataset, evaluation, metrics);
  show(o.common, metrics, [&] {
    std::string text = evaluate_text(bundle, dataset, evaluation, context);
    if (raw)
      text += fmt::format("vectors: {}, for another evaluation of these rows\n", o.tables[0]);
    return text;
  });
}

void run_evaluate(const EvaluateOptions& o) {
  check_evaluate_options(o);
  refuse_bundle_folder(o);
  std::vector<Bundle> bundles = load_bundle(o.bundle);
  if (bundles.size() == 1) {  // any column may hold the label
    evaluate_and_show(o, bundles.front(), bundles.front());
    return;
  }
  bundles = chosen_labels(bundles, o.label);
  evaluate_and_show(o, bundles, bundles.front());
}

}  // namespace

void add_evaluate(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand(
      "evaluate", "Score a trained classifier on another hospital's data, nothing refitted");
  command->add_option("bundle", o->bundle, "Folder that puente train wrote")
      ->type_name("DIR")
      ->required();
  add_table_options(*command, *o)->required(false);
  command
      ->add_option("--manifest", o->manifest,
                   "CSV with one row per record, instead of a table: embedded first, exactly as "
                   "the bundle's table was")
      ->type_name("FILE");
  add_images_option(*command, o->images);
  add_encoder_options(*command, o->encoders);
  add_skip_bad(*command, o->skip_bad);
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
  add_ordinal_option(*command, o->ordinal);
  add_assessment_options(*command, o->assessment);
  command->add_option("--out", o->out, "Folder for the results")->type_name("DIR")->required();
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_evaluate(*o); }; });
}

}  // namespace puente::cli
