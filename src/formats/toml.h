// TOML files as JSON values, with the place of a mistake in the message. toml++ does the parsing.
#pragma once

#include <filesystem>

#include "formats/json.h"

namespace puente {

/// Tables become objects in the order of the file; dates and times become their text. UserError
/// naming file, line and column where the text is not TOML.
Json read_toml(const std::filesystem::path& path);

}  // namespace puente
