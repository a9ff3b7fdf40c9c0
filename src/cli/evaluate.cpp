// puente evaluate: a trained bundle on another hospital's table, or its raw data, nothing refitted.
#include "bundle/evaluate.h"

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

struct Options : TableOptions {
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

void check_options(const Options& o) {
  check_group_options(o.group, o.no_group, "so that intervals draw whole groups");
  if (o.tables.empty() && o.manifest.empty()) {
    fail("give an embedding table, or --manifest M.csv, to be embedded as the bundle's table was");
  }
  if (!o.tables.empty() && !o.manifest.empty()) fail("give a table or --manifest, not both");
  if (!o.manifest.empty()) return;
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
void refuse_bundle_folder(const Options& o) {
  std::error_code not_there;
  if (std::filesystem::equivalent(o.bundle, o.out, not_there)) {
    fail("--out {}: this is the bundle's own folder; name another", o.out);
  }
}

/// The rows with their labels and groups, and what is asked of them looked through.
Dataset checked_dataset(const Options& o, const Bundle& bundle, EmbeddingTable table) {
  DatasetOptions options = dataset_options(o.label, o.group);
  options.ordinal = o.ordinal;
  Dataset dataset = dataset_for(bundle, std::move(table), options);
  Split split;
  split.test = first_numbers(static_cast<size_t>(dataset.rows()));
  check_assessment(dataset, split, o.assessment, {});
  return dataset;
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

/// Embeds the manifest as the bundle's table was. The table stays with the results.
std::string embed_manifest(const Options& o, const Bundle& bundle) {
  RawData data{read_manifest(o.manifest), o.images, o.encoders.image(), o.encoders.text()};
  // What is wrong with its columns comes to light before the long work.
  checked_dataset(o, bundle, {data.manifest.columns, {}, {}, data.manifest.source});
  EmbedRequest request = embed_alike(bundle, std::move(data));
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

void run_evaluate(const Options& options) {
  const Stopwatch total;
  Options o = options;
  check_options(o);
  refuse_bundle_folder(o);
  const Bundle bundle = load_bundle(o.bundle);
  const bool raw = !o.manifest.empty();
  if (raw) o.tables = {embed_manifest(o, bundle)};
  EmbeddingTable table = read_tables(o);
  EvaluateContext context{o.bundle, {o.tables, 0}, {}};
  context.vector_cautions = check_vectors(bundle, table, recipes_of(embed_reports(o.tables)));
  const Dataset dataset = checked_dataset(o, bundle, std::move(table));
  AssessmentPlan plan = o.assessment;
  plan.threads = o.common.thread_count();
  const BundleEvaluation evaluation = evaluate_bundle(bundle, dataset, plan);

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

}  // namespace

void add_evaluate(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<Options>();
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
