#include "report/embed_report.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/resources.h"
#include "tensor/kernel_target.h"

namespace puente {
namespace {

std::filesystem::path report_path(std::filesystem::path table) {
  return table.replace_extension(".embed.json");
}

Json encoder_json(const std::string& folder) {
  Json json = {{"folder", folder}};
  for (const char* name : {"config.json", "model.safetensors", "model.safetensors.index.json"}) {
    const auto path = std::filesystem::path(folder) / name;
    if (std::filesystem::exists(path)) json["sha256"][name] = sha256_file(path).hex();
  }
  return json;
}

/// How the vectors of the halves that are there were made.
void add_settings(Json& json, const EmbedProvenance& p) {
  const auto add_half = [&](const char* half, Precision precision, std::optional<Pool> pool) {
    json["precision"][half] = std::string(name_of(precision));
    json[std::string(half) + "_pool"] = pool ? std::string(name_of(*pool)) : "model";
  };
  if (!p.image_encoder.empty()) add_half("image", p.image_precision, p.settings.image_pool);
  if (!p.text_encoder.empty()) add_half("text", p.text_precision, p.settings.text_pool);
  if (!p.precision_why.empty()) json["precision"]["why"] = p.precision_why;
  json["normalise"] = p.settings.normalise;
  const IntegerForm form = best_integer_form();
  json["kernels"] = {{"instructions", std::string(kernel_target())},
                     {"int8", std::string(description_of(form))}};
}

}  // namespace

Json embed_report_json(const EmbedProvenance& p, const EmbedReport& r) {
  Json json;
  json["puente"] = PUENTE_VERSION;
  json["manifest"] = {{"file", p.manifest}, {"sha256", sha256_file(p.manifest).hex()}};
  if (!p.images.empty()) json["images"] = p.images;
  if (!p.prompt.empty()) json["prompt"] = p.prompt;
  if (!p.image_encoder.empty()) json["image_encoder"] = encoder_json(p.image_encoder);
  if (!p.text_encoder.empty()) {
    json["text_encoder"] =
        p.text_encoder == p.image_encoder ? json["image_encoder"] : encoder_json(p.text_encoder);
  }
  json["untrained"] = p.untrained;
  add_settings(json, p);
  json["rows"] = r.rows;
  json["skipped_rows"] = r.skipped_rows;
  json["image_dim"] = p.image_dim;
  json["text_dim"] = p.text_dim;
  json["different_images"] = r.images;
  json["different_texts"] = r.texts;
  json["tokens"] = r.tokens;
  json["truncated_texts"] = r.truncated_texts;
  json["longest_text"] = r.longest_text;
  json["threads"] = p.threads;
  json["seconds"] = {{"load", p.load_seconds},
                     {"check", r.check_seconds},
                     {"images", r.image_seconds},
                     {"texts", r.text_seconds},
                     {"write", r.write_seconds}};
  json["peak_memory_bytes"] = peak_memory_bytes();
  return json;
}

std::string embed_report_text(const EmbedProvenance& p, const EmbedReport& r,
                              const std::filesystem::path& table) {
  std::string text = fmt::format("{}: {} rows", table.string(), r.rows);
  if (p.image_dim > 0) {
    text += fmt::format(", images {} wide ({} different, {:.1f} s)", p.image_dim, r.images,
                        r.image_seconds);
  }
  if (p.text_dim > 0) {
    text += fmt::format(", texts {} wide ({} different, {:.1f} s)", p.text_dim, r.texts,
                        r.text_seconds);
  }
  text += '\n';
  if (p.untrained) {
    text += "The encoder is untrained: its weights are random numbers, made for tests.\n";
  }
  return text;
}

void write_embed_report(const Json& report, const std::filesystem::path& table) {
  write_file(report_path(table), report.dump(2) + "\n");
}

std::optional<Json> find_embed_report(const std::filesystem::path& table) {
  const std::filesystem::path path = report_path(table);
  if (!std::filesystem::exists(path)) return std::nullopt;
  Json report = read_json(path);
  if (!report.is_object()) fail("{}: not what `puente embed` writes; remove it", path.string());
  return report;
}

std::optional<double> embed_seconds(std::span<const std::string> tables) {
  double total = 0;
  for (const std::string& table : tables) {
    const std::optional<Json> report = find_embed_report(table);
    if (!report || !report->contains("seconds")) return std::nullopt;
    for (const auto& [stage, seconds] : (*report)["seconds"].items())
      total += seconds.get<double>();
  }
  return total;
}

bool from_untrained_encoder(std::span<const std::string> tables) {
  return std::any_of(tables.begin(), tables.end(), [](const std::string& table) {
    const std::optional<Json> report = find_embed_report(table);
    return report && report->value("untrained", false);
  });
}

}  // namespace puente
