// puente finetune: BERT and ViT under a fusion classifier, on raw text and pixels: trained, or
// frozen with their vectors computed once.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/resources.h"
#include "base/temporary_folder.h"
#include "bundle/encoder_identity.h"
#include "cli/command.h"
#include "cli/finish_training.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "compare/paper_bytes.h"
#include "demo/scratch_models.h"
#include "embed/request.h"
#include "encoders/config_section.h"
#include "encoders/vit_config.h"
#include "finetune/checkpoint.h"
#include "finetune/pixels_and_tokens.h"
#include "finetune/run.h"
#include "finetune/text_backbone.h"
#include "finetune/vision_backbone.h"
#include "fusion/batches.h"
#include "fusion/trainer.h"
#include "image/image_reading_json.h"
#include "report/embed_report.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

constexpr double kGivenModelsRate = 2e-5;
/// Random weights have farther to go.
constexpr double kScratchRate = 5e-4;

struct FinetuneCommand : TrainingOptions {
  InputOptions input;
  std::string image_model, text_model;
  bool scratch = false;
  bool freeze = false;
  std::optional<int64_t> train_blocks;
  std::string fusion;
  int64_t batch = 64;
  double rate = 1e-3;
  std::optional<double> backbone_rate;
  double warm_up = 0.1;
  double clip = 1;
  std::optional<double> budget_seconds;
  uint64_t memory = 0;
  AssessmentPlan assessment;
  Wishes wishes;

  std::filesystem::path in_out(const char* name) const { return std::filesystem::path(out) / name; }
};

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

ImageInput images_of(const FinetuneCommand& o) {
  return {.folder = o.input.images, .column = o.input.image_column, .reading = reading_of(o.input)};
}

/// The two models' folders; with --scratch they are made, of the words of the training rows.
struct Models {
  std::filesystem::path image, text;
};

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

EmbedRequest embed_request(const FinetuneCommand& o, const Manifest& manifest, const Models& models,
                           const std::filesystem::path& table) {
  EmbedRequest request;
  request.job.manifest = manifest;
  request.job.images = images_of(o);
  request.job.texts = TextInput{prompt_of(o.input, manifest), Truncate::end};
  request.job.out = table;
  request.job.threads = o.common.thread_count();
  request.image_encoder = {models.image.string(), {.image_pool = Pool::cls}};
  request.text_encoder = {models.text.string(), {.text_pool = Pool::cls}};
  return request;
}

Json cost_json(const FinetuneCost& cost) {
  return {{"model_bytes", paper_model_bytes(cost.memory.parameters)},
          {"trained_parameters", cost.memory.trained},
          {"train_seconds_per_epoch", cost.train_seconds_per_epoch},
          {"inference_seconds_per_epoch", cost.inference_seconds_per_epoch},
          {"steps_per_epoch", cost.steps_per_epoch},
          {"seconds_per_step", cost.seconds_per_step},
          {"extrapolated", cost.extrapolated},
          {"measured_share", cost.measured_share},
          {"planned_memory_bytes", cost.memory.total()},
          {"peak_memory_bytes", peak_memory_bytes()}};
}

std::string cost_text(const Json& cost) {
  const auto number = [&](const char* key) { return cost.at(key).get<double>(); };
  std::string text =
      fmt::format("\n{:.1f} s per training epoch, {:.1f} s per inference epoch",
                  number("train_seconds_per_epoch"), number("inference_seconds_per_epoch"));
  if (cost.contains("feature_seconds")) {
    text += fmt::format(", {:.1f} s for the features, once", number("feature_seconds"));
  }
  if (cost.at("extrapolated").get<bool>()) {
    text += fmt::format(" (extrapolated from {:.2g} % of it)", 100 * number("measured_share"));
  }
  return text + fmt::format("; {:.2f} GB of memory\n", number("peak_memory_bytes") / 1e9);
}

int64_t bytes_per_epoch(const Models& models, const Split& split, int64_t longest_text) {
  const int64_t side = read_vit_config(ConfigSection::read(models.image)).side;
  return paper_raw_bytes(static_cast<int64_t>(split.train.size()), side, longest_text);
}

/// What stands where there is no result.
void finish_without_result(const FinetuneCommand& o, const Dataset& dataset, const Split& split,
                           const RunPlan& plan, const Json& cost) {
  const RunContext context;
  Json metrics = data_json(dataset, plan.protocol, context);
  metrics["split"] = split_json(dataset, split);
  metrics["finished"] = false;
  metrics["cost"] = cost;
  metrics["options"] = options_json(plan);
  write_file(o.in_out("metrics.json"), metrics.dump(2) + "\n");
  show(o.common, metrics, [&] {
    return cautions_text(dataset, plan.protocol, context) +
           "not finished within --budget: what it costs, without a result\n" + cost_text(cost);
  });
}

/// Vectors of all rows by the models as they are, with what `train` does from there.
struct Features {
  std::filesystem::path table;
  int64_t longest_text = 0;
  Dataset dataset;
  Split split;
};

/// What the audit is told of the texts.
TrainingOptions audited(const FinetuneCommand& o) {
  TrainingOptions options = o;
  options.audit.prompt = o.input.prompt.empty() ? "{" + o.input.text_column + "}" : o.input.prompt;
  return options;
}

/// The audit again, which now knows the pictures too. UserError as audit_before(), where it may
/// stop.
std::vector<Finding> audit_features(const FinetuneCommand& o, const Features& features,
                                    bool may_stop) {
  TrainingOptions options = audited(o);
  options.tables = {features.table.string()};
  options.despite_leaks = options.despite_leaks || !may_stop;
  return audit_before(options, features.dataset, features.split);
}

Features features_by(const FinetuneCommand& o, const Manifest& manifest, const Models& models,
                     const RunPlan& plan, Progress& progress) {
  const std::filesystem::path table = o.in_out("features.safetensors");
  const EmbedRequest request = embed_request(o, manifest, models, table);
  const EmbedReport report = embed(request, progress);
  write_embed_report(embed_report_json(request, report), table);
  Dataset dataset = one_label_dataset(o, read_table(table), "finetune");
  Split split = make_split(dataset, plan.protocol);
  return {table, report.longest_text, std::move(dataset), std::move(split)};
}

Predictions predicted(const Dataset& dataset, const FusionWeights& head,
                      MatrixView<const float> features, const std::vector<int32_t>& rows,
                      int threads) {
  Predictions predictions;
  predict_probabilities(head, features, rows, threads, predictions.probabilities);
  predictions.label = labels_at(dataset.labels.of_row, rows);
  return predictions;
}

int64_t backbone_parameters(const Models& models, const FinetuneCommand& o,
                            const Dataset& dataset) {
  FinetuneOptions options;
  options.fusion = parse_fusion(o.fusion);
  options.classes = dataset.classes();
  return FinetuneTrainer(models.image, models.text, options, {}).memory(1).parameters;
}

/// --budget with --freeze: seconds that the vectors of all rows would take, from those of a few;
/// and which share these are.
struct FeatureEstimate {
  double seconds = 0;
  double share = 1;
  int64_t longest_text = 0;
  int64_t dimensions = 0;  // of both vectors
};

FeatureEstimate estimate_features(const FinetuneCommand& o, const Manifest& manifest,
                                  const Models& models) {
  constexpr int64_t kRows = 64;
  const int64_t count = std::min(kRows, manifest.rows());
  std::vector<int64_t> few;
  for (int64_t i = 0; i < count; ++i) few.push_back(i * manifest.rows() / count);
  const TemporaryFolder folder;
  Silent silent;
  const EmbedReport report = embed(
      embed_request(o, rows_at(manifest, few), models, folder.path() / "few.safetensors"), silent);
  const double share = static_cast<double>(count) / static_cast<double>(manifest.rows());
  return {(report.image_seconds + report.text_seconds) / share, share, report.longest_text,
          report.image_dim + report.text_dim};
}

/// An epoch of the classifier, on vectors of zeros: they take as long as any.
struct HeadSeconds {
  double train = 0;
  double inference = 0;
};

HeadSeconds time_head(const Dataset& dataset, const Split& split, const RunPlan& plan,
                      int64_t dimensions) {
  const Matrix features(dataset.rows(), dimensions);
  const FusionShape shape{plan.fusion, dimensions / 2, dimensions - dimensions / 2,
                          dataset.classes()};
  FusionTrainer trainer(shape, plan.options, {features, dataset.labels.of_row}, split.train, {});
  HeadSeconds seconds;
  const Stopwatch training;
  trainer.train_epoch();
  seconds.train = training.seconds();
  const Stopwatch inference;
  Matrix probabilities;
  trainer.probabilities(split.validation.empty() ? split.test : split.validation, probabilities);
  seconds.inference = inference.seconds();
  return seconds;
}

void run_frozen(const FinetuneCommand& o, const Manifest& manifest, const Models& models,
                const Dataset& question, const Split& question_split, const RunPlan& plan,
                const Stopwatch& total, Progress& progress) {
  Json cost = {{"model_bytes", paper_model_bytes(backbone_parameters(models, o, question))}};
  const int64_t steps = std::ssize(batch_bounds(std::ssize(question_split.train), o.batch)) - 1;
  cost["steps_per_epoch"] = steps;
  if (o.budget_seconds) {
    const FeatureEstimate estimate = estimate_features(o, manifest, models);
    if (estimate.seconds > *o.budget_seconds) {
      cost["feature_seconds"] = estimate.seconds;
      cost["dataset_bytes_per_epoch"] =
          bytes_per_epoch(models, question_split, estimate.longest_text);
      const HeadSeconds head = time_head(question, question_split, plan, estimate.dimensions);
      cost["train_seconds_per_epoch"] = head.train;
      cost["inference_seconds_per_epoch"] = head.inference;
      cost["seconds_per_step"] = head.train / static_cast<double>(steps);
      cost["extrapolated"] = true;
      cost["measured_share"] = estimate.share;
      cost["peak_memory_bytes"] = peak_memory_bytes();
      finish_without_result(o, question, question_split, plan, cost);
      return;
    }
  }
  const Stopwatch features_watch;
  const Features features = features_by(o, manifest, models, plan, progress);
  std::vector<Finding> findings = audit_features(o, features, true);
  cost["feature_seconds"] = features_watch.seconds();
  const AlignedTable aligned =
      align_for(features.dataset, features.split, plan.protocol.kind, plan.align);
  progress.begin("training", "epochs", most_epochs(features.split, plan));
  RunResult result =
      run(features.dataset, features.split, aligned, plan, [&] { progress.advance(1); });
  progress.end();
  double inference = 0;
  for (const EpochRecord& epoch : result.epochs) {
    inference += epoch.inference_seconds / static_cast<double>(result.epochs.size());
  }
  cost["dataset_bytes_per_epoch"] = bytes_per_epoch(models, features.split, features.longest_text);
  cost["trained_parameters"] = result.shape.parameters();
  cost["train_seconds_per_epoch"] = result.train_seconds_per_epoch;
  cost["inference_seconds_per_epoch"] = inference;
  cost["seconds_per_step"] = result.train_seconds_per_epoch / static_cast<double>(steps);
  cost["extrapolated"] = false;
  cost["measured_share"] = 1.0;
  cost["peak_memory_bytes"] = peak_memory_bytes();
  finish_training(o, o.assessment, o.wishes, features.dataset, features.split, result,
                  {{features.table.string()}, total.seconds(), std::move(findings)},
                  {{"finished", true}, {"cost", cost}}, cost_text(cost));
}

/// All that decides the weights but what FinetuneTrainer looks at itself.
std::string identity_of(const FinetuneCommand& o, const Models& models) {
  Json words = {{"manifest", sha256_file(o.input.manifest).hex()},
                {"images", std::filesystem::absolute(o.input.images).string()},
                {"image_column", o.input.image_column},
                {"reading", image_reading_json(reading_of(o.input))},
                {"text", o.input.text_source()},
                {"label", o.label},
                {"group", o.group},
                {"min_groups", o.min_groups},
                {"protocol", o.protocol},
                {"split_seed", o.split_seed},
                {"epochs", o.epochs}};
  for (const auto& [name, folder] :
       {std::pair{"image_model", models.image}, std::pair{"text_model", models.text}}) {
    words[name] = encoder_identity(folder);
    words[name].erase("folder");
  }
  return words.dump();
}

void run_trained(const FinetuneCommand& o, const Manifest& manifest, const Models& models,
                 const Dataset& question, const Split& question_split, const RunPlan& plan,
                 const Stopwatch& total, Progress& progress) {
  const PixelsAndTokens data({.manifest = manifest,
                              .rows = question.table_row,
                              .images = images_of(o),
                              .texts = {prompt_of(o.input, manifest), Truncate::end},
                              .image_model = models.image,
                              .text_model = models.text,
                              .place = o.out,
                              .threads = o.common.thread_count()},
                             progress);
  if (data.truncated_texts() > 0) {
    progress.note(fmt::format("{} of {} texts are longer than the model reads and lose their end",
                              data.truncated_texts(), data.count()));
  }
  FinetunePlan own;
  own.run = plan;
  own.trainer.backbone_rate = o.backbone_rate.value_or(o.scratch ? kScratchRate : kGivenModelsRate);
  own.trainer.warm_up = o.warm_up;
  own.trainer.clip = o.clip;
  own.trainer.trained_blocks = o.train_blocks;
  own.image_model = models.image;
  own.text_model = models.text;
  own.checkpoint = o.in_out("checkpoint");
  own.identity = identity_of(o, models);
  own.budget_seconds = o.budget_seconds;
  own.memory = static_cast<int64_t>(o.memory);
  const Models trained{o.in_out("image-model"), o.in_out("text-model")};
  FinetuneResult result = finetune({question, question_split, data, data.longest_text()}, own,
                                   {trained.image, trained.text}, progress);
  Json cost = cost_json(result.cost);
  cost["dataset_bytes_per_epoch"] = bytes_per_epoch(models, question_split, data.longest_text());
  if (!result.finished) return finish_without_result(o, question, question_split, plan, cost);

  // From here on as with any other encoders: what evaluate will compute from the bundle.
  const Features features = features_by(o, manifest, trained, plan, progress);
  std::vector<Finding> findings = audit_features(o, features, false);
  const AlignedTable aligned =
      align_for(features.dataset, features.split, plan.protocol.kind, plan.align);
  const auto scored = [&](const std::vector<int32_t>& rows) {
    return predicted(features.dataset, result.run.weights, aligned.features, rows,
                     o.common.thread_count());
  };
  result.run.predictions = scored(features.split.test);
  result.run.test = scores_of(features.dataset, result.run.predictions);
  if (plan.protocol.kind != Protocol::paper) {
    result.run.chosen_on = scored(features.split.validation);
  }
  result.run.log.push_back(
      dated(fmt::format("{} test rows were scored{}", features.split.test.size(),
                        plan.protocol.kind == Protocol::paper ? " after every epoch" : ", once")));
  cost["peak_memory_bytes"] = peak_memory_bytes();
  finish_training(o, o.assessment, o.wishes, features.dataset, features.split, result.run,
                  {{features.table.string()}, total.seconds(), std::move(findings)},
                  {{"finished", true}, {"cost", cost}}, cost_text(cost));
  FinetuneCheckpoint(own.checkpoint, own.identity).remove();
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
  (o.freeze ? run_frozen : run_trained)(o, manifest, models, question, split, plan, total,
                                        progress);
}

/// "90", "20m", "1.5h".
std::string check_duration(std::string& text) {
  size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  const std::string unit = text.substr(end);
  const double factor = unit == "m" ? 60 : unit == "h" ? 3600 : 1;
  if (end == 0 || !(value > 0) || !(unit.empty() || unit == "s" || unit == "m" || unit == "h")) {
    return "'" + text + "' is not a time such as 90s, 20m or 2h";
  }
  text = fmt::format("{}", value * factor);
  return {};
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
      ->transform(CLI::Validator(check_duration, "TIME", "duration"))
      ->type_name("TIME");
  command->add_option("--seed", o->seed, "Seed of initial weights, batch order and dropout")
      ->type_name("N")
      ->capture_default_str();
  add_assessment_options(*command, o->assessment);
  command->callback([o, &run_command] { run_command = [o] { run_finetune(*o); }; });
}

}  // namespace puente::cli
