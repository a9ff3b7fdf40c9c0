// JSON files with the place of a mistake in the message. nlohmann/json does the parsing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace puente {

using Json = nlohmann::ordered_json;

/// UserError naming file, line and column where the text is not JSON.
Json read_json(const std::filesystem::path& path);

}  // namespace puente
