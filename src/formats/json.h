// JSON files with the place of a mistake in the message. nlohmann/json does the parsing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace puente {

/// Keeps the order of the keys. Looking a key up is linear: walk large objects (a vocabulary) with
/// items() instead.
using Json = nlohmann::ordered_json;

/// UserError naming file, line and column where the text is not JSON, or has a key twice in one
/// object.
Json read_json(const std::filesystem::path& path);
/// The same for text that is at hand; `source` stands for the file in messages.
Json parse_json(std::string_view text, const std::string& source);

}  // namespace puente
