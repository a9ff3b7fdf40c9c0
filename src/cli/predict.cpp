// puente predict: what a trained bundle says of one record, or of a manifest's rows.
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/mapped_file.h"
#include "base/temporary_folder.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/progress_bar.h"
#include "predict/prediction_json.h"
#include "predict/prediction_table.h"
#include "predict/predictor.h"
#include "store/table_io.h"

namespace puente::cli {
namespace {

struct PredictOptions {
  Common common;
  std::string bundle;
  std::vector<std::string> pictures;  // of one record
  std::optional<std::string> text;
  std::vector<std::string> fields;  // NAME=VALUE
  std::string manifest;             // or rows
  std::string images;
  std::string out;
  bool skip_bad = false;
  EncoderFolders encoders;
};

void check_predict_options(const PredictOptions& o) {
  const bool one = !o.pictures.empty() || o.text || !o.fields.empty();
  if (!one && o.manifest.empty()) {
    fail("give a record (--image FILE, --text T or --field NAME=VALUE), or --manifest M.csv");
  }
  if (one && !o.manifest.empty()) {
    fail("--image, --text and --field are one record, --manifest is many: give one or the other");
  }
  if (o.text && !o.fields.empty()) fail("give --text or --field, not both");
  if (!o.manifest.empty()) {
    if (o.out.empty()) fail("--manifest needs --out FILE.csv, for the predictions");
    return;
  }
  const auto refuse = [](bool given, const char* option) {
    if (given) fail("{} needs --manifest M.csv", option);
  };
  refuse(!o.images.empty(), "--images");
  refuse(!o.out.empty(), "--out");
  refuse(o.skip_bad, "--skip-bad");
}

std::vector<std::pair<std::string, std::string>> fields_of(const PredictOptions& o) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const std::string& field : o.fields) {
    const size_t sign = field.find('=');
    if (sign == field.npos || sign == 0) fail("--field {}: write it as NAME=VALUE", field);
    std::string name = field.substr(0, sign);
    for (const auto& [known, value] : fields) {
      if (known == name) fail("--field names '{}' twice", name);
    }
    fields.emplace_back(std::move(name), field.substr(sign + 1));
  }
  return fields;
}

void predict_one(const PredictOptions& o) {
  // What is wrong with the files comes to light before an encoder is loaded.
  std::vector<MappedFile> files;
  Record record;
  for (const std::string& picture : o.pictures) files.emplace_back(picture);
  for (const MappedFile& file : files) record.pictures.push_back(file.bytes());
  const auto fields = fields_of(o);
  const Predictor predictor(o.bundle, {o.encoders.image(), o.encoders.text()});
  std::vector<std::string> cautions = bundle_cautions(predictor.labels());
  if (!fields.empty()) {
    FilledText filled = predictor.fill(fields);
    record.text = std::move(filled.text);
    cautions.insert(cautions.end(), filled.cautions.begin(), filled.cautions.end());
  } else {
    record.text = o.text;
  }
  predictor.check(record);
  EncoderWorker worker;
  const RecordEncoder encoder(predictor.how());
  Outcome outcome = predictor.predict(encoder.encode(worker, {&record, 1}), {&record, 1}).front();
  if (!outcome.problem.empty()) {
    fail("{}", o.pictures.size() == 1 && outcome.problem.starts_with("image: ")
                   ? o.pictures.front() + outcome.problem.substr(5)
                   : outcome.problem);
  }
  std::vector<std::string>& own = outcome.prediction.cautions;
  own.insert(own.begin(), cautions.begin(), cautions.end());
  show(o.common, prediction_json(predictor.labels(), outcome.prediction),
       [&] { return prediction_text(predictor.labels(), outcome.prediction); });
}

void predict_rows(const PredictOptions& o) {
  const std::vector<Bundle> labels = load_bundle(o.bundle);
  RawData data{read_manifest(o.manifest), o.images, o.encoders.image(), o.encoders.text()};
  EmbedRequest request = embed_alike(labels.front(), std::move(data));
  const std::filesystem::path out(o.out);
  std::error_code not_there;
  if (std::filesystem::equivalent(out, o.manifest, not_there)) {
    fail("--out {}: this is the manifest itself; name another file", o.out);
  }
  { const AtomicFile probe(out); }  // the folder is there and can be written to
  const TemporaryFolder folder;
  request.job.out = folder.path() / "table.safetensors";
  request.job.threads = o.common.thread_count();
  request.job.skip_bad = o.skip_bad;
  ProgressBar progress(o.common.quiet);
  for (const std::string& line : bundle_cautions(labels)) progress.note(line);
  const EmbedReport report = embed(request, progress);
  const EmbeddingTable table = read_table(request.job.out);
  const auto answers = classify_whole(labels, table, o.common.thread_count());
  write_prediction_table(out, labels, table, answers);
  const Json json = {{"out", o.out},
                     {"rows", report.rows},
                     {"skipped_rows", report.skipped_rows},
                     {"truncated_texts", report.truncated_texts},
                     {"cautions", bundle_cautions(labels)}};
  show(o.common, json, [&] {
    return fmt::format(
        "{} rows{}: {}\n", report.rows,
        report.skipped_rows == 0
            ? ""
            : fmt::format(" ({} left out: no picture could be read)", report.skipped_rows),
        o.out);
  });
}

void run_predict(const PredictOptions& o) {
  check_predict_options(o);
  o.manifest.empty() ? predict_one(o) : predict_rows(o);
}

}  // namespace

void add_predict(CLI::App& app, Run& run_command) {
  auto o = std::make_shared<PredictOptions>();
  CLI::App* command =
      app.add_subcommand("predict", "Say what a trained classifier makes of new records");
  command->add_option("bundle", o->bundle, "Folder that puente train wrote")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--image", o->pictures,
                   "Picture of one record; several of them where a row of the training table had "
                   "several")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command->add_option("--text", o->text, "Its text");
  command
      ->add_option("--field", o->fields,
                   "Or a value for the template that the bundle's texts were made by, such as "
                   "age=61; once for each field")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command
      ->add_option("--manifest", o->manifest,
                   "CSV with one row per record, with the columns that the training table was made "
                   "of")
      ->type_name("FILE");
  add_images_option(*command, o->images);
  command->add_option("--out", o->out, "Predictions of the manifest's rows, CSV")
      ->type_name("FILE");
  add_skip_bad(*command, o->skip_bad);
  add_encoder_options(*command, o->encoders);
  add_common(*command, o->common);
  command->callback([o, &run_command] { run_command = [o] { run_predict(*o); }; });
}

}  // namespace puente::cli
