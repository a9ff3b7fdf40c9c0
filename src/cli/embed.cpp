// puente embed: a manifest and its pictures to an embedding table.
#include <memory>
#include <optional>

#include "base/error.h"
#include "certify/precision_choice.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "embed/image_files.h"
#include "embed/request.h"
#include "report/embed_report.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

struct EmbedOptions {
  Common common;
  InputOptions input;
  EncoderFolders encoders;
  std::string out;
  Exif exif = Exif::rotate;
  Truncate truncate = Truncate::end;
  TextLanguage language;
  bool squash = false;
  Jpeg jpeg = Jpeg::exact;
  std::string image_suffix;
  bool skip_bad = false;
  bool plan = false;
  uint64_t memory = 0;                                   // bytes; 0: what is free
  std::optional<Precision> precision = Precision::fp32;  // nothing: auto
  EncoderSettings load;
};

void check_embed_options(const EmbedOptions& o) {
  const bool with_images = o.input.with_images(), with_texts = o.input.with_texts();
  if (o.out.empty() && !o.plan) fail("give --out, the table to write");
  if (!with_images && !with_texts) {
    fail("nothing to embed: give --images DIR for pictures, --prompt or --text-column for texts");
  }
  check_input_options(o.input);
  if (with_images && o.encoders.image().empty()) {
    fail("--images needs an encoder: --encoder DIR or --image-encoder DIR");
  }
  if (with_texts && o.encoders.text().empty()) {
    fail("texts need an encoder: --encoder DIR or --text-encoder DIR");
  }
  if (!with_images && !o.encoders.own_image.empty()) fail("--image-encoder needs --images DIR");
  if (!o.language.name.empty() && !o.language.column.empty()) {
    fail("give --language or --language-column, not both");
  }
  if (!with_texts && o.language.known()) {
    fail("--language and --language-column are about texts: give --prompt or --text-column");
  }
  if (!with_texts && !o.encoders.own_text.empty()) {
    fail("--text-encoder needs --prompt or --text-column");
  }
}

/// What a certificate of this machine says of the encoders; where both halves are of one folder, of
/// the two together.
void choose_precisions(EmbedRequest& request) {
  const auto ask = [](EncoderChoice& choice, EncoderParts parts) {
    const PrecisionChoice chosen = choose_precision(choice.folder, parts, choice.settings);
    choice.settings.precision = chosen.precision;
    choice.precision_why = chosen.why;
  };
  if (request.one_folder()) {
    ask(request.image_encoder, {.image = true, .text = true});
    request.text_encoder = request.image_encoder;
    return;
  }
  if (request.job.images) ask(request.image_encoder, {.image = true, .text = false});
  if (request.job.texts) ask(request.text_encoder, {.image = false, .text = true});
}

EmbedRequest request_of(const EmbedOptions& o) {
  EmbedRequest request;
  EmbedJob& job = request.job;
  job.manifest = read_manifest(o.input.manifest);
  if (o.input.with_images() && !o.plan) {
    image_columns(job.manifest, o.input.image_column);
    job.images = ImageInput{o.input.images, o.input.image_column, o.exif,        o.squash,
                            o.jpeg,         reading_of(o.input),  o.image_suffix};
    request.image_encoder = {o.encoders.image(), o.load};
  }
  if (o.input.with_texts()) {
    job.texts = TextInput{prompt_of(o.input, job.manifest), o.truncate, o.language};
    if (!o.language.column.empty()) job.manifest.column(o.language.column, "--language-column");
    request.text_encoder = {o.encoders.text(), o.load};
  }
  for (EncoderChoice* choice : {&request.image_encoder, &request.text_encoder}) {
    choice->settings.precision = o.precision.value_or(Precision::fp32);
  }
  if (!o.precision) choose_precisions(request);
  job.out = o.out;
  job.threads = o.common.thread_count();
  job.memory = static_cast<int64_t>(o.memory);
  job.skip_bad = o.skip_bad;
  return request;
}

/// What the texts would take, without embedding them.
void run_plan(const EmbedOptions& o) {
  if (!o.input.with_texts()) fail("--plan is about texts: give --prompt or --text-column");
  const EmbedPlan plan = plan_texts(request_of(o));
  show(o.common, embed_plan_json(plan), [&] { return embed_plan_text(plan); });
}

void run_embed(const EmbedOptions& o) {
  check_embed_options(o);
  if (o.plan) return run_plan(o);
  check_table_target(o.out);
  const EmbedRequest request = request_of(o);
  ProgressBar progress(o.common.quiet);
  for (const std::string& why : request.precision_why()) {
    progress.note("--precision auto: " + why);
  }
  const EmbedReport report = embed(request, progress);
  const Json json = embed_report_json(request, report);
  write_embed_report(json, o.out);
  show(o.common, json, [&] { return embed_report_text(report, o.out); });
}

}  // namespace

void add_embed(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<EmbedOptions>();
  CLI::App* command = app.add_subcommand("embed", "Turn images and texts into a table of vectors");
  command->add_option("--manifest", o->input.manifest, "CSV with one row per record")
      ->type_name("FILE")
      ->required();
  add_input_options(*command, o->input);
  command->add_option("--out", o->out, "Table to write: .csv, .safetensors or .npy")
      ->type_name("FILE");
  add_encoder_options(*command, o->encoders);
  command->add_option("--prompt", o->input.prompt,
                      "Text made from columns: \"Age: {age|int|unknown}. Sex: {sex}.\"");
  command
      ->add_option("--language", o->language.name,
                   "What the texts are in, such as pt: how well the tokenizer fits them is told "
                   "for it")
      ->type_name("NAME");
  command
      ->add_option("--language-column", o->language.column,
                   "Column that says it, where the texts are in several")
      ->type_name("COLUMN");
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
      ->add_option("--image-suffix", o->image_suffix,
                   "What the image column's names lack (.jpg); else any picture's extension is "
                   "tried")
      ->type_name("SUFFIX");
  command
      ->add_option("--memory", o->memory,
                   "What a LLaMA's run may use, such as 2G: more passes over its file if that is "
                   "too little for all texts at once; else what is free")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command->add_flag("--plan", o->plan,
                    "Say what embedding the texts would take, and in which order of its sentences "
                    "the prompt would take least; embed nothing");
  add_skip_bad(*command, o->skip_bad);
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_embed(*o); }; });
}

}  // namespace puente::cli
