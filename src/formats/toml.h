// TOML files as JSON values, with the place of a mistake in the message. toml++ does the parsing.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "formats/json.h"

namespace puente {

/// Tables become objects in the order of the file; dates and times become their text. UserError
/// naming file, line and column where the text is not TOML.
Json read_toml(const std::filesystem::path& path);

/// Where something stands in a file, from 1.
struct TomlPlace {
  int line = 0;
  int column = 0;
};

/// A file whose mistakes are looked for later: the place of every key (of a list's item: of its
/// value), by the keys that lead there; an item's key is its number from 0.
struct PlacedToml {
  Json value;
  std::map<std::vector<std::string>, TomlPlace> keys;
  std::map<std::vector<std::string>, TomlPlace> values;
};

/// UserError as read_toml().
PlacedToml read_placed_toml(const std::filesystem::path& path);

}  // namespace puente
