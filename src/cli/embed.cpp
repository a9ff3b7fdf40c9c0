// puente embed: a manifest and its pictures to an embedding table.
#include "embed/embed.h"

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/resources.h"
#include "certify/precision_choice.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "report/embed_report.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

struct Options {
  Common common;
  InputOptions input;
  std::string encoder;
  std::string image_encoder;
  std::string text_encoder;
  std::string out;
  Exif exif = Exif::rotate;
  Truncate truncate = Truncate::end;
  bool squash = false;
  Jpeg jpeg = Jpeg::exact;
  bool skip_bad = false;
  bool plan = false;
  uint64_t memory = 0;                                   // bytes; 0: what is free
  std::optional<Precision> precision = Precision::fp32;  // nothing: auto
  EncoderSettings load;
};

/// What each half is loaded in, and, for auto, why: a line for each folder.
struct Precisions {
  Precision image = Precision::fp32;
  Precision text = Precision::fp32;
  std::vector<std::string> why;
};

Precisions choose_precisions(const Options& o, const std::string& image_folder,
                             const std::string& text_folder) {
  if (o.precision) return {*o.precision, *o.precision, {}};
  Precisions chosen;
  const auto ask = [&](const std::string& folder, EncoderParts parts) {
    PrecisionChoice choice = choose_precision(folder, parts, o.load);
    if (parts.image) chosen.image = choice.precision;
    if (parts.text) chosen.text = choice.precision;
    chosen.why.push_back(std::move(choice.why));
  };
  if (image_folder == text_folder) {
    ask(image_folder, {.image = true, .text = true});
  } else {
    if (!image_folder.empty()) ask(image_folder, {.image = true, .text = false});
    if (!text_folder.empty()) ask(text_folder, {.image = false, .text = true});
  }
  return chosen;
}

/// The encoders of the two halves; loaded together where both come from one folder.
struct Encoders {
  LoadedEncoder first;
  LoadedEncoder second;
  const ImageEncoder* image = nullptr;
  const TextEncoder* text = nullptr;
  bool untrained = false;
};

Encoders load_encoders(const std::string& image_folder, const std::string& text_folder,
                       const Precisions& precisions, EncoderSettings options) {
  Encoders encoders;
  options.precision = precisions.image;
  if (!image_folder.empty() && image_folder == text_folder) {
    encoders.first = load_encoder(image_folder, {.image = true, .text = true}, options);
    encoders.text = encoders.first.text.get();
  } else {
    if (!image_folder.empty()) {
      encoders.first = load_encoder(image_folder, {.image = true, .text = false}, options);
    }
    if (!text_folder.empty()) {
      options.precision = precisions.text;
      encoders.second = load_encoder(text_folder, {.image = false, .text = true}, options);
      encoders.text = encoders.second.text.get();
    }
  }
  encoders.image = encoders.first.image.get();
  encoders.untrained = encoders.first.untrained || encoders.second.untrained;
  return encoders;
}

void check_options(const Options& o) {
  const bool with_images = o.input.with_images(), with_texts = o.input.with_texts();
  if (o.out.empty() && !o.plan) fail("give --out, the table to write");
  if (!with_images && !with_texts) {
    fail("nothing to embed: give --images DIR for pictures, --prompt or --text-column for texts");
  }
  check_input_options(o.input);
  if (with_images && o.encoder.empty() && o.image_encoder.empty()) {
    fail("--images needs an encoder: --encoder DIR or --image-encoder DIR");
  }
  if (with_texts && o.encoder.empty() && o.text_encoder.empty()) {
    fail("texts need an encoder: --encoder DIR or --text-encoder DIR");
  }
  if (!with_images && !o.image_encoder.empty()) fail("--image-encoder needs --images DIR");
  if (!with_texts && !o.text_encoder.empty()) {
    fail("--text-encoder needs --prompt or --text-column");
  }
}

/// What the texts would take, without embedding them.
void run_plan(const Options& o) {
  if (!o.input.with_texts()) fail("--plan is about texts: give --prompt or --text-column");
  EmbedJob job;
  job.manifest = read_manifest(o.input.manifest);
  job.texts = TextInput{prompt_of(o.input, job.manifest), o.truncate};
  job.threads = o.common.thread_count();
  job.memory = static_cast<int64_t>(o.memory);
  const std::string folder = o.text_encoder.empty() ? o.encoder : o.text_encoder;
  const Precisions precisions = choose_precisions(o, "", folder);
  const Encoders encoders = load_encoders("", folder, precisions, o.load);
  job.text_encoder = encoders.text;
  const EmbedPlan plan = plan_texts(job, o.input.prompt);
  if (o.common.json) {
    fmt::print("{}\n", embed_plan_json(plan).dump(2));
  } else {
    fmt::print("{}", embed_plan_text(plan));
  }
}

void run(const Options& o) {
  const InputOptions& input = o.input;
  check_options(o);
  if (o.plan) return run_plan(o);
  check_table_target(o.out);

  EmbedJob job;
  job.manifest = read_manifest(input.manifest);
  if (input.with_images()) {
    job.manifest.column(input.image_column, "--image-column");
    job.images = ImageInput{input.images, input.image_column, o.exif, o.squash, o.jpeg};
  }
  if (input.with_texts()) job.texts = TextInput{prompt_of(input, job.manifest), o.truncate};
  const std::string image_folder =
      job.images ? (o.image_encoder.empty() ? o.encoder : o.image_encoder) : "";
  const std::string text_folder =
      job.texts ? (o.text_encoder.empty() ? o.encoder : o.text_encoder) : "";
  const Precisions precisions = choose_precisions(o, image_folder, text_folder);
  ProgressBar progress(o.common.quiet);
  for (const std::string& why : precisions.why) {
    progress.note("--precision auto: " + why);
  }
  const Stopwatch load;
  const Encoders encoders = load_encoders(image_folder, text_folder, precisions, o.load);
  const double load_seconds = load.seconds();
  job.image_encoder = encoders.image;
  job.text_encoder = encoders.text;
  job.out = o.out;
  job.threads = o.common.thread_count();
  job.skip_bad = o.skip_bad;
  job.memory = static_cast<int64_t>(o.memory);

  const EmbedReport report = embed(job, progress);

  EmbedProvenance provenance;
  provenance.manifest = input.manifest;
  provenance.images = input.images;
  provenance.image_input = job.images;
  provenance.prompt = input.text_source();
  provenance.truncate = o.truncate;
  provenance.image_encoder = image_folder;
  provenance.text_encoder = text_folder;
  provenance.untrained = encoders.untrained;
  provenance.image_dim = encoders.image != nullptr ? encoders.image->dimension() : 0;
  provenance.text_dim = encoders.text != nullptr ? encoders.text->dimension() : 0;
  provenance.threads = job.threads;
  provenance.settings = o.load;
  provenance.image_precision = precisions.image;
  provenance.text_precision = precisions.text;
  provenance.precision_why = precisions.why;
  provenance.load_seconds = load_seconds;
  const Json json = embed_report_json(provenance, report);
  write_embed_report(json, o.out);
  show(o.common, json, [&] { return embed_report_text(provenance, report, o.out); });
}

}  // namespace

void add_embed(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("embed", "Turn images and texts into a table of vectors");
  command->add_option("--manifest", o->input.manifest, "CSV with one row per record")
      ->type_name("FILE")
      ->required();
  add_input_options(*command, o->input);
  command->add_option("--out", o->out, "Table to write: .csv, .safetensors or .npy")
      ->type_name("FILE");
  command
      ->add_option("--encoder", o->encoder,
                   "Model folder as Hugging Face ships it, for images and texts")
      ->type_name("DIR");
  command->add_option("--image-encoder", o->image_encoder, "Another folder for the images")
      ->type_name("DIR");
  command
      ->add_option("--text-encoder", o->text_encoder,
                   "Another folder for the texts, or a LLaMA in a .gguf file")
      ->type_name("DIR|FILE");
  command->add_option("--prompt", o->input.prompt,
                      "Text made from columns: \"Age: {age|int|unknown}. Sex: {sex}.\"");
  add_choice<Exif>(*command, "--exif", o->exif,
                   {{"rotate", Exif::rotate}, {"ignore", Exif::ignore}},
                   "Turn photos upright as their EXIF tag says, or leave them");
  add_choice<Truncate>(
      *command, "--truncate", o->truncate,
      {{"end", Truncate::end}, {"start", Truncate::start}, {"error", Truncate::error}},
      "What a text that is too long loses; error refuses it");
  add_choice<bool>(*command, "--resize", o->squash, {{"model", false}, {"squash", true}},
                   "As preprocessor_config.json says, or to a square without cropping");
  add_choice<std::optional<Precision>>(
      *command, "--precision", o->precision,
      {{"fp32", Precision::fp32}, {"int8", Precision::int8}, {"auto", std::nullopt}},
      "int8 is faster and smaller, its vectors a little off; auto: what `puente models check` "
      "recommends here");
  add_vector_options(*command, o->load);
  add_choice<Jpeg>(*command, "--jpeg", o->jpeg, {{"exact", Jpeg::exact}, {"scaled", Jpeg::scaled}},
                   "Decode JPEGs as they are, or large ones at a fraction of their size: faster, a "
                   "little different");
  command
      ->add_option("--memory", o->memory,
                   "What a LLaMA's run may use, such as 2G: more passes over its file if that is "
                   "too little for all texts at once; else what is free")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command->add_flag("--plan", o->plan,
                    "Say what embedding the texts would take, and in which order of its sentences "
                    "the prompt would take least; embed nothing");
  command->add_flag("--skip-bad", o->skip_bad,
                    "Leave out rows whose image cannot be read instead of stopping");
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run(*o); }; });
}

}  // namespace puente::cli
