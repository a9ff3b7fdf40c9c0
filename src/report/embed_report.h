// What `puente embed` did, as JSON beside the table (X.embed.json) and as lines for a person.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "puente/table.h"

#include "embed/request.h"
#include "formats/json.h"

namespace puente {

/// What was asked for (its recipe, as bundle/vector_recipe.h has it, and its files) and what was
/// done.
Json embed_report_json(const EmbedRequest& request, const EmbedReport& report);
std::string embed_report_text(const EmbedReport& report, const std::filesystem::path& table);

Json embed_plan_json(const EmbedPlan& plan);
std::string embed_plan_text(const EmbedPlan& plan);

/// Beside the table: ham.csv -> ham.embed.json.
void write_embed_report(const Json& report, const std::filesystem::path& table);
/// The report that lies beside `table`, if there is one.
std::optional<Json> find_embed_report(const std::filesystem::path& table);

/// Of each table, null where there is none.
std::vector<Json> embed_reports(std::span<const std::string> tables);

/// What the texts of one of the tables were made with, that were joined to `table`; nothing where
/// it has lost the columns since.
std::optional<Prompt> prompt_in(std::span<const Json> reports, const EmbeddingTable& table);

/// What making the tables took, all stages; nothing where a table has no report beside it.
std::optional<double> embed_seconds(std::span<const std::string> tables);

/// Does a report beside one of the tables say that its encoder was untrained?
bool from_untrained_encoder(std::span<const std::string> tables);
inline constexpr std::string_view kUntrainedCaution =
    "untrained encoder: its weights are random numbers; nothing here says anything about CLIP";

}  // namespace puente
