// What `puente embed` did, as JSON beside the table (X.embed.json) and as lines for a person.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "embed/embed.h"
#include "formats/json.h"

namespace puente {

struct EmbedProvenance {
  std::string manifest;
  std::string images;
  std::optional<ImageInput> image_input;  // how the pictures were read
  std::string prompt;
  Truncate truncate = Truncate::end;
  std::string image_encoder;  // folders; empty where that modality is absent
  std::string text_encoder;
  bool untrained = false;  // the encoder's weights are seeded random numbers
  int64_t image_dim = 0;
  int64_t text_dim = 0;
  int threads = 0;
  EncoderSettings settings;  // but for the precision, which may differ between the halves:
  Precision image_precision = Precision::fp32;
  Precision text_precision = Precision::fp32;
  std::vector<std::string> precision_why;  // a line for each folder, where a certificate chose
  double load_seconds = 0;
};

Json embed_report_json(const EmbedProvenance& provenance, const EmbedReport& report);
std::string embed_report_text(const EmbedProvenance& provenance, const EmbedReport& report,
                              const std::filesystem::path& table);

Json embed_plan_json(const EmbedPlan& plan);
std::string embed_plan_text(const EmbedPlan& plan);

/// Beside the table: ham.csv -> ham.embed.json.
void write_embed_report(const Json& report, const std::filesystem::path& table);
/// The report that lies beside `table`, if there is one.
std::optional<Json> find_embed_report(const std::filesystem::path& table);

/// Of each table, null where there is none.
std::vector<Json> embed_reports(std::span<const std::string> tables);

/// What making the tables took, all stages; nothing where a table has no report beside it.
std::optional<double> embed_seconds(std::span<const std::string> tables);

/// Does a report beside one of the tables say that its encoder was untrained?
bool from_untrained_encoder(std::span<const std::string> tables);
inline constexpr std::string_view kUntrainedCaution =
    "untrained encoder: its weights are random numbers; nothing here says anything about CLIP";

}  // namespace puente
