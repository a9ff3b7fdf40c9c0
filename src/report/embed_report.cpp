#include "report/embed_report.h"

#include <algorithm>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/file_status.h"
#include "base/hash.h"
#include "base/resources.h"
#include "bundle/vector_recipe.h"
#include "encoders/row_forms.h"
#include "image/image_reading_json.h"
#include "report/vocabulary_report.h"
#include "tensor/kernel_target.h"

namespace puente {
namespace {

std::filesystem::path report_path(std::filesystem::path table) {
  return table.replace_extension(".embed.json");
}

/// 1,234,567
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string passes_text(int64_t passes) {
  return passes == 1 ? "one pass over the weights"
                     : fmt::format("{} passes over the weights", passes);
}

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.1f} seconds", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} minutes", seconds / 60);
  return fmt::format("{:.1f} hours", seconds / 3600);
}

/// Older reports have a column's name under prompt.
std::optional<Prompt> prompt_of_report(const Json& report, const EmbeddingTable& table) {
  const auto text = [&report](const char* key) {
    return report.contains(key) && report[key].is_string() ? report[key].get<std::string>() : "";
  };
  if (const std::string column = text("text_column"); !column.empty()) {
    return Prompt::of_column(column);
  }
  const std::string prompt = text("prompt");
  if (prompt.empty()) return std::nullopt;
  return table.find(prompt) != nullptr ? Prompt::of_column(prompt) : Prompt(prompt);
}

bool has_columns_of(const Prompt& prompt, const EmbeddingTable& table) {
  return std::ranges::all_of(prompt.columns(),
                             [&](const std::string& name) { return table.find(name) != nullptr; });
}

}  // namespace

Json embed_report_json(const EmbedRequest& request, const EmbedReport& r) {
  const EmbedJob& job = request.job;
  const std::string& manifest = job.manifest.source;
  Json json;
  json["puente"] = PUENTE_VERSION;
  json["manifest"] = {{"file", manifest}, {"sha256", sha256_file(manifest).hex()}};
  if (job.images) json["images"] = job.images->folder.string();
  json.update(recipe_json(request));
  if (job.images) json["pictures"].update(image_reading_json(r.reading));
  if (r.stretched_over > 0) json["stretched_over"] = r.stretched_over;
  if (const auto why = request.precision_why(); !why.empty()) json["precision"]["why"] = why;
  json["kernels"] = {{"instructions", std::string(kernel_target())},
                     {"int8", in_words(usual_forms())}};
  json["untrained"] = r.untrained;
  json["rows"] = r.rows;
  json["skipped_rows"] = r.skipped_rows;
  json["image_dim"] = r.image_dim;
  json["text_dim"] = r.text_dim;
  json["different_images"] = r.images;
  json["different_texts"] = r.texts;
  json["tokens"] = r.tokens;
  if (r.plan.nodes < r.plan.tokens) json["nodes"] = r.plan.nodes;
  if (r.plan.passes > 1) json["passes"] = r.plan.passes;
  json["truncated_texts"] = r.truncated_texts;
  json["longest_text"] = r.longest_text;
  if (r.truncated_texts > 0) {
    Json& lost = json["lost"] = {{"words", r.lost.words}, {"words_lost", r.lost.words_lost}};
    lost["fields"] = Json::object();
    for (const LostText::Field& field : r.lost.fields) lost["fields"][field.column] = field.rows;
  }
  if (job.texts) json["vocabulary"] = vocabulary_fit_json(r.vocabulary);
  json["threads"] = job.threads;
  json["seconds"] = {{"load", r.load_seconds},
                     {"check", r.check_seconds},
                     {"images", r.image_seconds},
                     {"texts", r.text_seconds},
                     {"write", r.write_seconds}};
  json["peak_memory_bytes"] = peak_memory_bytes();
  return json;
}

std::string embed_report_text(const EmbedReport& r, const std::filesystem::path& table) {
  std::string text = fmt::format("{}: {} rows", table.string(), r.rows);
  if (r.image_dim > 0) {
    text += fmt::format(", images {} wide ({} different, {:.1f} s)", r.image_dim, r.images,
                        r.image_seconds);
  }
  if (r.text_dim > 0) {
    text += fmt::format(", texts {} wide ({} different, {:.1f} s)", r.text_dim, r.texts,
                        r.text_seconds);
  }
  text += '\n';
  if (r.plan.nodes < r.plan.tokens) {
    text += fmt::format("{} tokens of {} different texts were {} nodes of a tree, in {}.\n",
                        grouped(r.plan.tokens), grouped(r.texts), grouped(r.plan.nodes),
                        passes_text(r.plan.passes));
  }
  if (r.text_dim > 0) text += vocabulary_fit_text(r.vocabulary);
  if (r.stretched_over > 0) {
    text += fmt::format("Caution: {}.\n", stretch_caution(r.stretched_over));
  }
  if (r.untrained) {
    text += "The encoder is untrained: its weights are random numbers, made for tests.\n";
  }
  return text;
}

Json embed_plan_json(const EmbedPlan& p) {
  Json json = {{"rows", p.rows},
               {"different_texts", p.texts},
               {"tokens", p.work.tokens},
               {"different_tokens", p.work.different_tokens},
               {"nodes", p.work.nodes},
               {"passes", p.work.passes},
               {"memory_bytes", p.work.memory},
               {"flop", p.work.flop},
               {"estimated_seconds", p.seconds},
               {"truncated_texts", p.truncated_texts},
               {"longest_text", p.longest_text},
               {"vocabulary", vocabulary_fit_json(p.vocabulary)}};
  if (p.order) {
    json["field_order"] = {
        {"prompt", p.order->prompt}, {"nodes", p.order->nodes}, {"nodes_now", p.order->nodes_now}};
  }
  return json;
}

std::string embed_plan_text(const EmbedPlan& p) {
  std::string text =
      fmt::format("texts      {} rows, {} different\n", grouped(p.rows), grouped(p.texts));
  text += fmt::format("tokens     {}, {} in different texts (longest text: {})\n",
                      grouped(p.work.tokens), grouped(p.work.different_tokens),
                      grouped(p.longest_text));
  if (p.truncated_texts > 0) {
    text += fmt::format("truncated  {} rows\n", grouped(p.truncated_texts));
  }
  const double sharing =
      static_cast<double>(p.work.tokens) / static_cast<double>(std::max<int64_t>(1, p.work.nodes));
  text += fmt::format("computed   {} tokens, {:.1f} times fewer\n", grouped(p.work.nodes), sharing);
  text += fmt::format("passes     {}\n", passes_text(p.work.passes));
  if (p.work.memory > 0) {
    text += fmt::format("memory     about {:.2f} GB\n", static_cast<double>(p.work.memory) / 1e9);
  }
  text += fmt::format("time       about {} on this machine\n", duration_text(p.seconds));
  text += vocabulary_fit_text(p.vocabulary);
  for (const std::string& line : cautions_of(p.vocabulary)) text += line + "\n";
  if (p.order) {
    text += fmt::format(
        "\nIn another order the prompt's sentences make {} nodes instead of {}:\n  {}\n"
        "Other texts have other vectors: choose before the first run, and keep it.\n",
        grouped(p.order->nodes), grouped(p.order->nodes_now), p.order->prompt);
  }
  return text;
}

void write_embed_report(const Json& report, const std::filesystem::path& table) {
  write_file(report_path(table), report.dump(2) + "\n");
}

std::optional<Json> find_embed_report(const std::filesystem::path& table) {
  const std::filesystem::path path = report_path(table);
  if (!file_exists(path)) return std::nullopt;
  Json report = read_json(path);
  if (!report.is_object()) fail("{}: not what `puente embed` writes; remove it", path.string());
  return report;
}

std::vector<Json> embed_reports(std::span<const std::string> tables) {
  std::vector<Json> reports;
  for (const std::string& table : tables) {
    const std::optional<Json> report = find_embed_report(table);
    reports.push_back(report ? *report : Json(nullptr));
  }
  return reports;
}

std::optional<Prompt> prompt_in(std::span<const Json> reports, const EmbeddingTable& table) {
  for (const Json& report : reports) {
    const std::optional<Prompt> prompt = prompt_of_report(report, table);
    if (prompt && has_columns_of(*prompt, table)) return prompt;
  }
  return std::nullopt;
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
