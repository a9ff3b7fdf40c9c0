// puente finetune: BERT and ViT under a fusion classifier, on raw text and pixels: trained, or
// frozen with their vectors computed once.
#include <memory>

#include "base/atomic_file.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "cli/finetune_frozen.h"
#include "cli/finetune_trained.h"
#include "cli/progress_bar.h"
#include "demo/scratch_models.h"
#include "finetune/text_backbone.h"
#include "finetune/vision_backbone.h"

namespace puente::cli {
namespace {

void check_options(const FinetuneCommand& o) {
  check_input_options(o.input);
  if (!o.input.with_images() || !o.input.with_texts()) {
    fail("fine-tuning reads pictures and texts: give --images DIR, and --prompt or --text-column");
  }
  const bool models = !o.image_model.empty() || !o.text_model.empty();
  if (o.scratch && models) fail("give --scratch, or --image-model and --text-model, not both");
  if (!o.scratch && (o.image_model.empty() || o.text_model.empty())) {
    fail("give --image-model DIR (a ViT) and --text-model DIR (a BERT), or --scratch");
  }
  if (o.freeze && o.train_blocks) fail("give --freeze or --train-blocks, not both");
  if (o.freeze && o.memory > 0) fail("--memory is about training the backbones, not --freeze");
  const Protocol protocol = ProtocolOptions::parse(o.protocol).kind;
  if (!has_one_split(protocol)) {
    fail("--protocol {}: trains several times; fine-tune with holdout, time:COLUMN or paper",
         o.protocol);
  }
  if (!o.freeze && o.chooser == Chooser::folds) {
    fail("--choose folds: trains several times; fine-tuning chooses by validation rows");
  }
  check_group_options(o.group, o.no_group || (o.group.empty() && protocol == Protocol::paper));
}

RunPlan run_plan_of(const FinetuneCommand& o) {
  RunPlan plan = plan_of(o);
  // The same rows choose, frozen or trained.
  if (o.chooser == Chooser::automatic) plan.protocol.chooser = Chooser::validation;
  plan.fusion = parse_fusion(o.fusion);
  plan.options.batch = o.batch;
  plan.options.learning_rate = o.rate;
  return plan;
}

/// The manifest's question, without vectors.
Dataset question_of(const FinetuneCommand& o, const Manifest& manifest) {
  EmbeddingTable columns;
  columns.columns = manifest.columns;
  columns.source = manifest.source;
  return one_label_dataset(o, std::move(columns), "finetune");
}

Models models_of(const FinetuneCommand& o, const Manifest& manifest, const Prompt& prompt,
                 const Dataset& dataset, const Split& split) {
  if (!o.scratch) return {o.image_model, o.text_model};
  const Texts texts = render_prompts(manifest, prompt);
  std::vector<std::string> words;
  for (const int32_t row : split.train) {
    const auto of_manifest = static_cast<size_t>(dataset.table_row[static_cast<size_t>(row)]);
    words.push_back(texts.texts[static_cast<size_t>(texts.of_row[of_manifest])]);
  }
  Models models{o.in_out("scratch-image-model"), o.in_out("scratch-text-model")};
  write_scratch_models(models.image, models.text, words, o.seed);
  return models;
}

void run_finetune(const FinetuneCommand& o) {
  const Stopwatch total;
  check_options(o);
  const RunPlan plan = run_plan_of(o);
  const Manifest manifest = read_manifest(o.input.manifest);
  image_columns(manifest, o.input.image_column);
  const Prompt prompt = prompt_of(o.input, manifest);
  const Dataset question = question_of(o, manifest);
  const Split split = make_split(question, plan.protocol);
  if (plan.protocol.kind != Protocol::paper) {
    check_assessment(question, split, o.assessment, o.wishes);
  }
  audit_before(audited(o), question, split);  // stops before the long work
  make_output_folder(o.out);
  ProgressBar progress(o.common.quiet);
  const Models models = models_of(o, manifest, prompt, question, split);
  VisionBackbone::config_of(models.image);
  TextBackbone::config_of(models.text);
  (o.freeze ? finetune_frozen : finetune_trained)(
      {o, manifest, models, question, split, plan, total}, progress);
}

}  // namespace

void add_finetune(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<FinetuneCommand>();
  CLI::App* command = app.add_subcommand(
      "finetune",
      "Train a BERT and a ViT on raw text and pixels, or freeze them, under a fusion classifier");
  command->add_option("--manifest", o->input.manifest, "CSV with one row per record")
      ->type_name("FILE")
      ->required();
  add_input_options(*command, o->input);
  command->add_option("--prompt", o->input.prompt,
                      "Text made from columns: \"Age: {age|int|unknown}. Sex: {sex}.\"");
  command->add_option("--image-model", o->image_model, "Folder of a ViT")->type_name("DIR");
  command->add_option("--text-model", o->text_model, "Folder of a BERT")->type_name("DIR");
  command->add_flag("--scratch", o->scratch,
                    "Begin with a small ViT and BERT with random weights instead");
  command->add_flag("--freeze", o->freeze,
                    "Train the classifier alone, on vectors that are computed once");
  command
      ->add_option("--train-blocks", o->train_blocks,
                   "Train the last so many blocks of both; all and the embeddings, if not given")
      ->check(CLI::Range(int64_t{1}, int64_t{1000}))
      ->type_name("N");
  add_question_options(*command, *o);
  add_audit_facts(*command, o->audit);
  command->add_option("--fusion", o->fusion, "early or late")->type_name("KIND")->required();
  command->add_option("--batch", o->batch, "Rows of a step, whatever the memory")
      ->check(CLI::Range(int64_t{2}, int64_t{100'000}))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--rate", o->rate, "Learning rate of the classifier")
      ->check(CLI::PositiveNumber)
      ->type_name("X")
      ->capture_default_str();
  command
      ->add_option("--backbone-rate", o->backbone_rate,
                   "Learning rate of BERT and ViT; 2e-5, or 5e-4 with --scratch")
      ->check(CLI::PositiveNumber)
      ->type_name("X");
  command->add_option("--warmup", o->warm_up, "Share of the steps over which both rates rise")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE")
      ->capture_default_str();
  command->add_option("--clip", o->clip, "The gradient is made no longer than this")
      ->check(CLI::PositiveNumber)
      ->type_name("X")
      ->capture_default_str();
  command
      ->add_option("--memory", o->memory,
                   "What training may take, such as 4G: with less, more is computed twice; half of "
                   "what is free, if not given")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command
      ->add_option("--budget", o->budget_seconds,
                   "Stop training after so long (20m) and say what all of it would cost")
      ->transform(seconds_from_duration())
      ->type_name("TIME");
  command->add_option("--seed", o->seed, "Seed of initial weights, batch order and dropout")
      ->type_name("N")
      ->capture_default_str();
  add_assessment_options(*command, o->assessment);
  command->callback([o, &run_command] { run_command = [o] { run_finetune(*o); }; });
}

}  // namespace puente::cli
