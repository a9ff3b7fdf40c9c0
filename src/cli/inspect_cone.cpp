#include "cli/inspect_cone.h"

#include <algorithm>
#include <filesystem>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "cli/progress_bar.h"
#include "cone/cone_study.h"
#include "embed/image_files.h"
#include "report/cone_report.h"

namespace puente::cli {
namespace {

constexpr std::string_view kPictures[] = {".jpg", ".jpeg", ".png", ".webp",
                                          ".tif", ".tiff", ".dcm"};

bool is_picture(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(kPictures, extension) != std::end(kPictures);
}

/// The pictures in the folder and below it, by name.
Manifest pictures_of(const std::string& folder) {
  if (!is_folder(folder)) fail("--general {}: there is no such folder", folder);
  Manifest manifest;
  manifest.source = folder;
  Column& column = manifest.columns.emplace_back(Column{"image", {}});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           folder, std::filesystem::directory_options::skip_permission_denied)) {
    if (entry.is_regular_file() && is_picture(entry.path())) {
      column.values.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  if (column.values.empty()) fail("--general {}: has no pictures (.jpg, .png ...)", folder);
  std::ranges::sort(column.values);
  for (size_t i = 0; i < column.values.size(); ++i) {
    manifest.lines.push_back(static_cast<int64_t>(i) + 1);
  }
  return manifest;
}

ConeRequest request_of(const ConeOptions& o, const Common& common) {
  const InputOptions& input = o.input;
  check_input_options(input);
  if (input.manifest.empty()) fail("--cone needs --manifest M.csv");
  if (!input.with_images() && !input.with_texts()) {
    fail("nothing to measure: give --images DIR for pictures, --prompt or --text-column for texts");
  }
  const EncoderParts parts = encoder_parts(o.encoder);
  if (input.with_images() && !parts.image)
    fail("{}: has no image encoder; leave --images out", o.encoder);
  if (input.with_texts() && !parts.text) {
    fail("{}: has no text encoder; leave --prompt and --text-column out", o.encoder);
  }
  if (!o.general.empty() && !input.with_images()) {
    fail("--general is about pictures: give --images DIR too");
  }
  ConeRequest request;
  request.encoder = o.encoder;
  request.settings = o.settings;
  request.sample.rows = o.rows;
  request.sample.manifest = read_manifest(input.manifest);
  if (input.with_images()) {
    image_columns(request.sample.manifest, input.image_column);
    request.sample.images = ImageInput{
        .folder = input.images, .column = input.image_column, .reading = reading_of(input)};
  }
  if (input.with_texts()) {
    request.sample.texts = TextInput{.prompt = prompt_of(input, request.sample.manifest)};
  }
  if (!o.general.empty()) {
    request.general = SampleRequest{.manifest = pictures_of(o.general),
                                    .images = ImageInput{.folder = o.general},
                                    .texts = {},
                                    .rows = o.rows};
  }
  request.encoders = o.encoders;
  request.seed = o.seed;
  request.threads = common.thread_count();
  return request;
}

}  // namespace

void add_cone_options(CLI::App& command, ConeOptions& o) {
  constexpr const char* kGroup = "Of an encoder";
  const std::vector<CLI::Option*> before = command.get_options();
  command
      .add_option("--cone", o.encoder,
                  "Instead of a table, an encoder: how alike pictures and texts are after each of "
                  "its layers, beside random weights")
      ->type_name("DIR|FILE");
  command.add_option("--manifest", o.input.manifest, "CSV with one row per record")
      ->type_name("FILE");
  add_input_options(command, o.input);
  command.add_option("--general", o.general, "Folder of general pictures to compare with")
      ->type_name("DIR");
  command.add_option("--rows", o.rows, "Rows to measure on, drawn by lot, always the same ones")
      ->check(CLI::Range(int64_t{2}, int64_t{100'000}))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--encoders", o.encoders, "Encoders with random weights; 0 for none")
      ->check(CLI::Range(0, 1000))
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--seed", o.seed, "Seed of the first of them; the next has the next")
      ->type_name("N")
      ->capture_default_str();
  add_vector_options(command, o.settings);
  for (CLI::Option* option : command.get_options()) {
    if (std::ranges::find(before, option) == before.end()) option->group(kGroup);
  }
}

void run_cone(const ConeOptions& o, const Common& common, const std::string& out) {
  const ConeRequest request = request_of(o, common);
  ProgressBar progress(common.quiet);
  const ConeStudy study = study_cone(request, progress);
  const ConeContext context{o.encoder, o.input.manifest, o.general};
  const Json json = cone_json(context, study);
  if (!out.empty()) write_file(out, json.dump(2) + "\n");
  show(common, json, [&] { return cone_text(context, study); });
}

}  // namespace puente::cli
