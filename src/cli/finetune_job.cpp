#include "cli/finetune_job.h"

#include <fmt/format.h>
#include <utility>

#include "base/atomic_file.h"
#include "cli/command.h"
#include "cli/finish_training.h"
#include "compare/paper_bytes.h"
#include "encoders/config_section.h"
#include "encoders/vit_config.h"
#include "report/embed_report.h"
#include "store/table_io.h"

namespace puente::cli {

ImageInput images_of(const FinetuneCommand& o) {
  return {.folder = o.input.images, .column = o.input.image_column, .reading = reading_of(o.input)};
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

Features features_by(const FinetuneJob& job, const Models& models, Progress& progress) {
  const FinetuneCommand& o = job.o;
  const std::filesystem::path table = o.in_out("features.safetensors");
  const EmbedRequest request = embed_request(o, job.manifest, models, table);
  const EmbedReport report = embed(request, progress);
  write_embed_report(embed_report_json(request, report), table);
  Dataset dataset = one_label_dataset(o, read_table(table), "finetune");
  Split split = make_split(dataset, job.plan.protocol);
  return {table, report.longest_text, std::move(dataset), std::move(split)};
}

TrainingOptions audited(const FinetuneCommand& o) {
  TrainingOptions options = o;
  options.audit.prompt = o.input.prompt.empty() ? "{" + o.input.text_column + "}" : o.input.prompt;
  return options;
}

std::vector<Finding> audit_features(const FinetuneCommand& o, const Features& features,
                                    bool may_stop) {
  TrainingOptions options = audited(o);
  options.tables = {features.table.string()};
  options.despite_leaks = options.despite_leaks || !may_stop;
  return audit_before(options, features.dataset, features.split);
}

int64_t bytes_per_epoch(const FinetuneJob& job, int64_t longest_text) {
  const int64_t side = read_vit_config(ConfigSection::read(job.models.image)).side;
  return paper_raw_bytes(static_cast<int64_t>(job.split.train.size()), side, longest_text);
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

void finish_without_result(const FinetuneJob& job, const Json& cost) {
  const RunContext context;
  const ProtocolOptions& protocol = job.plan.protocol;
  Json metrics = data_json(job.question, protocol, context);
  metrics["split"] = split_json(job.question, job.split);
  metrics["finished"] = false;
  metrics["cost"] = cost;
  metrics["options"] = options_json(job.plan);
  write_file(job.o.in_out("metrics.json"), metrics.dump(2) + "\n");
  show(job.o.common, metrics, [&] {
    return cautions_text(job.question, protocol, context) +
           "not finished within --budget: what it costs, without a result\n" + cost_text(cost);
  });
}

void finish_with_result(const FinetuneJob& job, const Features& features, RunResult& result,
                        std::vector<Finding> findings, const Json& cost) {
  finish_training(job.o, job.o.assessment, job.o.wishes, features.dataset, features.split, result,
                  {{features.table.string()}, job.total.seconds(), std::move(findings)},
                  {{"finished", true}, {"cost", cost}}, cost_text(cost));
}

}  // namespace puente::cli
