// puente models: which encoders there are, and what one of them is worth on this machine.
#include <memory>
#include <optional>
#include <string_view>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/temporary_folder.h"
#include "certify/certificate.h"
#include "certify/certificate_file.h"
#include "certify/published.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "cli/training_options.h"
#include "demo/lesions.h"
#include "embed/image_files.h"
#include "encoders/known_architectures.h"
#include "report/certificate_report.h"
#include "report/published_report.h"

namespace puente::cli {
namespace {

constexpr const char* kMadeUpPrompt = "Age: {age|int|unknown}. Sex: {sex}. Site: {site}.";
constexpr int kMadeUpSize = 64;  // pixels on a side

struct CheckOptions {
  Common common;
  std::string folder;
  InputOptions input;
  std::string label;
  std::string group;
  bool no_group = false;
  int64_t sample = 1000;
  EncoderSettings settings;
  bool published = false;
  std::string image;
};

const char* halves_text(EncoderParts parts) {
  if (parts.image && parts.text) return "images and texts";
  return parts.image ? "images" : "texts";
}

void run_list(const Common& common) {
  Json json = Json::array();
  std::string text;
  for (const KnownArchitecture& known : known_architectures()) {
    json.push_back({{"model_type", std::string(known.model_type)},
                    {"images", known.parts.image},
                    {"texts", known.parts.text},
                    {"examples", Json::array()}});
    std::string_view rest = known.examples;
    while (!rest.empty()) {
      const size_t end = rest.find(", ");
      json.back()["examples"].push_back(std::string(rest.substr(0, end)));
      rest = end == std::string_view::npos ? "" : rest.substr(end + 2);
    }
    text += fmt::format("{:<22} {:<17} {}\n", known.model_type, halves_text(known.parts),
                        known.examples);
  }
  show(common, json, [&] { return text; });
}

void refuse_with(bool given, const char* option, const char* why) {
  if (given) fail("{} {}", option, why);
}

void check_check_options(const CheckOptions& o) {
  const InputOptions& input = o.input;
  check_input_options(input);
  if (o.published || !o.image.empty()) {
    constexpr const char* kAlone = "is not for a comparison with published numbers; leave it out";
    refuse_with(!input.manifest.empty(), "--manifest", kAlone);
    refuse_with(!o.label.empty(), "--label", kAlone);
    return;
  }
  if (input.manifest.empty()) {
    constexpr const char* kNeeds = "needs --manifest M.csv";
    refuse_with(input.with_images(), "--images", kNeeds);
    refuse_with(!input.prompt.empty(), "--prompt", kNeeds);
    refuse_with(!input.text_column.empty(), "--text-column", kNeeds);
    refuse_with(!o.label.empty(), "--label", kNeeds);
  } else if (!input.with_images() && !input.with_texts()) {
    fail("nothing to measure: give --images DIR for pictures, --prompt or --text-column for texts");
  }
  if (o.label.empty()) {
    refuse_with(!o.group.empty(), "--group", "needs --label COLUMN");
    refuse_with(o.no_group, "--no-group", "needs --label COLUMN");
    return;
  }
  check_group_options(o.group, o.no_group);
}

/// The manifest's, or where there is none, made-up ones in `scratch`.
SampleRequest sample_of(const CheckOptions& o, std::optional<TemporaryFolder>& scratch,
                        Progress& progress) {
  const InputOptions& input = o.input;
  SampleRequest request;
  request.rows = o.sample;
  if (input.manifest.empty()) {
    const EncoderParts parts = encoder_parts(o.folder);
    progress.note(
        fmt::format("no --manifest: drawing {} rows of made-up {}", o.sample, halves_text(parts)));
    scratch.emplace();
    // One to three pictures a patient.
    write_lesions(scratch->path(),
                  {.patients = o.sample / 2 + o.sample / 20 + 3, .size = kMadeUpSize});
    request.manifest = read_manifest(scratch->path() / "metadata.csv");
    if (parts.image) request.images = ImageInput{.folder = scratch->path() / "images"};
    if (parts.text) request.texts = TextInput{.prompt = Prompt(kMadeUpPrompt)};
    return request;
  }
  request.manifest = read_manifest(input.manifest);
  if (input.with_images()) {
    image_columns(request.manifest, input.image_column);
    request.images = ImageInput{
        .folder = input.images, .column = input.image_column, .reading = reading_of(input)};
  }
  if (input.with_texts()) {
    request.texts = TextInput{.prompt = prompt_of(input, request.manifest)};
  }
  return request;
}

void run_published(const CheckOptions& o) {
  const PublishedNumbers& expected = find_published(o.folder);
  if (o.image.empty() && !expected.picture.empty()) {
    fail("{}: its published numbers are of picture {}; give it with --image FILE", o.folder,
         expected.picture);
  }
  const PublishedVerdict verdict = compare_published(o.folder, expected, o.image);
  show(o.common, published_json(o.folder, verdict),
       [&] { return published_text(o.folder, verdict); });
}

void run_certify(const CheckOptions& o) {
  // What can be wrong comes to light before the long work, the place for the result too.
  const std::filesystem::path path = certificate_path(o.folder, o.settings, this_machine());
  ProgressBar progress(o.common.quiet);
  std::optional<TemporaryFolder> scratch;
  CertifyJob job;
  job.folder = o.folder;
  job.settings = o.settings;
  job.sample = sample_of(o, scratch, progress);
  job.threads = o.common.thread_count();
  if (!o.label.empty()) {
    job.label = LabelQuestion{.label = o.label};
    if (!o.group.empty()) job.label->group = o.group;
  }
  make_output_folder(path.parent_path());
  const Certificate certificate = certify(job, progress);
  const CertificateContext context{o.folder, o.input.manifest, o.input.images,
                                   o.input.text_source(), o.settings};
  Json json = certificate_json(context, certificate);
  save_certificate(path, json);
  json["certificate"] = path.string();
  show(o.common, json, [&] {
    return fmt::format("{}certificate: {}\n", certificate_text(context, certificate),
                       path.string());
  });
}

void run_check(const CheckOptions& o) {
  check_check_options(o);
  encoder_parts(o.folder);  // UserError where it is no model
  if (o.published || !o.image.empty()) {
    run_published(o);
  } else {
    run_certify(o);
  }
}

void add_list(CLI::App& models, Run& run_command) {
  auto common = std::make_shared<Common>();
  CLI::App* command = models.add_subcommand("list", "The kinds of encoder that puente reads");
  add_common(*command, *common);
  command->callback([common, &run_command] { run_command = [common] { run_list(*common); }; });
}

void add_check(CLI::App& models, Run& run_command) {
  auto o = std::make_shared<CheckOptions>();
  CLI::App* command = models.add_subcommand(
      "check", "Measure what int8 does to a model's vectors here, and keep a certificate of it");
  command
      ->add_option("model", o->folder,
                   "Model folder as Hugging Face ships it, or a LLaMA in a .gguf file")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--manifest", o->input.manifest,
                   "CSV with one row per record; made-up pictures and texts, if not given")
      ->type_name("FILE");
  add_input_options(*command, o->input);
  command->add_option("--prompt", o->input.prompt, "Text made from columns, as for embed");
  command
      ->add_option("--label", o->label,
                   "Also compare the classifiers that are trained on both precisions")
      ->type_name("COLUMN");
  command->add_option("--group", o->group, "Column of what belongs together (patient, lesion)")
      ->type_name("COLUMN");
  command->add_flag("--no-group", o->no_group, "Every row stands alone");
  command
      ->add_option("--sample", o->sample, "Rows to measure on, drawn by lot, always the same ones")
      ->check(CLI::Range(int64_t{2}, int64_t{100'000}))
      ->type_name("N")
      ->capture_default_str();
  add_vector_options(*command, o->settings);
  command->add_flag("--published", o->published,
                    "Instead, compare with the numbers that are published for the checkpoint");
  command
      ->add_option("--image", o->image,
                   "The picture of the published numbers (COCO val2017 000000039769); means "
                   "--published")
      ->type_name("FILE");
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_check(*o); }; });
}

}  // namespace

void add_models(CLI::App& app, Run& run_command) {
  CLI::App* models =
      app.add_subcommand("models", "List the known kinds of encoder, or check one of them");
  models->require_subcommand(1);
  add_list(*models, run_command);
  add_check(*models, run_command);
}

}  // namespace puente::cli
