// puente demo: the whole chain on an example that it makes itself, offline.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/resources.h"
#include "base/shell_words.h"
#include "cli/audit_options.h"
#include "cli/command.h"
#include "cli/end_report.h"
#include "cli/finish_training.h"
#include "cli/progress_bar.h"
#include "demo/lesions.h"
#include "demo/random_clip.h"
#include "embed/request.h"
#include "experiment/alignment_verdict.h"
#include "experiment/sweep.h"
#include "experiment/sweep_book.h"
#include "report/embed_report.h"
#include "report/geometry_report.h"
#include "report/run_report.h"
#include "report/sweep_report.h"
#include "report/text_table.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

constexpr const char* kPrompt = "Age: {age|int|unknown}. Sex: {sex}. Site: {site}.";
constexpr const char* kLabel = "diagnosis";
constexpr const char* kGroup = "patient";
constexpr const char* kImage = "image";
constexpr int kEpochs = 30;
constexpr int kSeeds = 3;

struct DemoOptions {
  Common common;
  std::string out = "puente-demo";
};

/// Vision transformer over 8 x 8 patches and a causal text transformer, both small.
ClipConfig small_clip() {
  ClipConfig config;
  config.vision = {
      .hidden = 96, .layers = 3, .heads = 4, .mlp = 384, .image_size = 64, .patch_size = 8};
  config.text = {
      .hidden = 96, .layers = 3, .heads = 4, .mlp = 384, .vocabulary = 514, .positions = 77};
  config.projection = 128;
  return config;
}

void embed_lesions(const std::filesystem::path& out, int threads, Progress& progress) {
  EmbedRequest request;
  request.job.manifest = read_manifest(out / "metadata.csv");
  request.job.images = ImageInput{.folder = out / "images"};
  request.job.texts = TextInput{.prompt = Prompt(kPrompt)};
  request.job.out = out / "embeddings.csv";
  request.job.threads = threads;
  request.image_encoder = request.text_encoder = {(out / "encoder").string()};
  const EmbedReport report = embed(request, progress);
  write_embed_report(embed_report_json(request, report), request.job.out);
}

RunResult train_into(const std::filesystem::path& folder, const Dataset& dataset,
                     const Split& split, const RunPlan& plan, const RunContext& context) {
  make_output_folder(folder);
  const AlignedTable aligned = align_for(dataset, split, plan.protocol.kind, plan.align);
  RunResult result = run(dataset, split, aligned, plan, {});
  write_training(folder, {.subgroups = {"sex", "site"}, .threads = plan.options.threads},
                 {.sensitivity = 0.9, .specificity = {}}, kImage, dataset, split, result, context);
  return result;
}

/// The same rows with one modality taken away.
Dataset without(const Dataset& dataset, Matrix EmbeddingTable::*modality) {
  Dataset half = dataset;
  half.table.*modality = Matrix();
  return half;
}

void add_row(TextTable& table, const std::string& name, const RunResult& result) {
  table.add({name, result.plan.align.text(), std::to_string(result.chosen_epoch),
             score_text(result.test.accuracy), score_text(result.test.macro_f1),
             score_text(result.test.auc)});
}

/// Of each fusion the lambda that the sweep chose.
std::vector<SweepMean> chosen_shifts(const SweepResult& swept) {
  std::vector<SweepMean> shifts;
  std::ranges::copy_if(swept.chosen, std::back_inserter(shifts), [](const SweepMean& chosen) {
    return chosen.align.text().starts_with("shift");
  });
  return shifts;
}

std::string folder_of(const SweepMean& chosen) {
  return std::string(name_of(chosen.fusion)) + "_aligned";
}

/// Of the classifier that is best on the validation rows, on the other hospital's raw data.
std::string evaluate_command(const std::filesystem::path& out,
                             const std::vector<SweepMean>& shifts) {
  const SweepMean& best = *std::ranges::max_element(shifts, {}, &SweepMean::validation_macro_f1);
  const auto other = out / "other_hospital";
  return "  " +
         shell_words({::program_invocation_name, "evaluate", (out / folder_of(best)).string(),
                      "--manifest", (other / "metadata.csv").string(), "--images",
                      (other / "images").string(), "--label", kLabel, "--group", kGroup, "--out",
                      (other / "evaluation").string()});
}

void run_demo(const DemoOptions& o) {
  const Stopwatch total;
  const std::filesystem::path out = o.out;
  ProgressBar progress(o.common.quiet);
  make_output_folder(out);
  const int64_t rows = write_lesions(out, {});
  write_lesions(out / "other_hospital", {.patients = 100, .seed = 2});
  write_random_clip(out / "encoder", small_clip(), 1);
  embed_lesions(out, o.common.thread_count(), progress);

  const std::vector<std::string> tables = {(out / "embeddings.csv").string()};
  const Dataset dataset = make_dataset(read_table(tables[0]), {.label = kLabel, .group = kGroup});

  SweepPlan plan;
  plan.base.epochs = kEpochs;
  plan.base.protocol.chooser = Chooser::validation;
  plan.methods = with_baselines(parse_alignments("shift"));
  plan.lambdas = parse_lambdas("-1:1:0.25");
  plan.fusions = {FusionKind::early, FusionKind::late};
  plan.seeds = kSeeds;
  plan.threads = o.common.thread_count();
  const std::vector<NamedSplit> splits = make_splits(dataset, plan.base.protocol);
  const Split& split = splits.front().split;
  const RunContext context{tables, 0,
                           run_audit({}, tables, dataset, split, plan.threads, progress)};
  SweepBook nothing_kept;
  const SweepResult swept = sweep(dataset, splits, plan, nothing_kept, progress);
  make_output_folder(out / "sweep");
  const FinishedSweep finished{
      dataset, splits, plan, swept,
      judge_alignments(dataset, splits, plan, swept, nothing_kept, progress)};
  const Json sweep_metrics = sweep_json(finished, context);
  write_sweep(out / "sweep", finished, sweep_metrics);
  write_geometry(out / "sweep", dataset, splits, plan.base.protocol.kind, context.tables);

  TextTable table({"classifier", "align", "epoch", "accuracy", "macro F1", "AUC"});
  RunPlan run_plan = plan.base;
  run_plan.options.threads = o.common.thread_count();
  add_row(table, "image only",
          train_into(out / "image_only", without(dataset, &EmbeddingTable::text), split, run_plan,
                     context));
  add_row(table, "text only",
          train_into(out / "text_only", without(dataset, &EmbeddingTable::image), split, run_plan,
                     context));
  const std::vector<SweepMean> shifts = chosen_shifts(swept);
  for (const SweepMean& chosen : shifts) {
    run_plan.fusion = chosen.fusion;
    const std::string kind(name_of(chosen.fusion));
    run_plan.align = AlignSpec{};
    add_row(table, kind + " fusion", train_into(out / kind, dataset, split, run_plan, context));
    run_plan.align = chosen.align;
    add_row(table, kind + " fusion, aligned",
            train_into(out / folder_of(chosen), dataset, split, run_plan, context));
  }

  const std::string report = write_end_report(out, progress);
  show(o.common, sweep_metrics, [&] {
    return fmt::format(
        "\nA made-up example: {} drawn pictures of {} invented patients, and an encoder whose\n"
        "weights are random numbers (untrained). It shows that the chain works; the scores mean\n"
        "nothing for medicine, for CLIP, or for alignment.\n\n"
        "The picture shows one half of the diagnosis and the text the other. Scores on test rows\n"
        "({}), scored once; epoch and lambda were chosen on validation rows.\n\n{}\n"
        "Everything is in {}: pictures, metadata.csv, embeddings.csv, sweep/sweep.csv, and for\n"
        "each classifier metrics.json, predictions.csv and what `evaluate` needs. It took {:.0f} "
        "s.\n\n"
        "What the best one is worth at another hospital (made up too):\n{}\n\n{}",
        rows, dataset.groups.count(), split.test.size(), table.text(), out.string(),
        total.seconds(), evaluate_command(out, shifts), report);
  });
}

}  // namespace

void add_demo(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<DemoOptions>();
  CLI::App* command = app.add_subcommand(
      "demo", "The whole chain on a made-up example, offline, in under a minute");
  command->add_option("--out", o->out, "Folder for everything it makes")->capture_default_str();
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_demo(*o); }; });
}

}  // namespace puente::cli
