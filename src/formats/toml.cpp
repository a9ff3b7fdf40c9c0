#include "formats/toml.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <toml++/toml.h>

#include "base/error.h"
#include "base/mapped_file.h"

namespace puente {
namespace {

/// toml++ sorts the keys of a table; the places where they stand give the file's order back.
std::vector<std::pair<std::string_view, const toml::node*>> in_file_order(
    const toml::table& table) {
  std::vector<std::pair<std::string_view, const toml::node*>> entries;
  for (const auto& [key, node] : table) entries.emplace_back(key.str(), &node);
  std::ranges::stable_sort(entries, [](const auto& a, const auto& b) {
    return a.second->source().begin < b.second->source().begin;
  });
  return entries;
}

Json to_json(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : in_file_order(*table)) {
      object[std::string(key)] = to_json(*value);
    }
    return object;
  }
  if (const auto* array = node.as_array()) {
    Json list = Json::array();
    for (const toml::node& item : *array) list.push_back(to_json(item));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* boolean = node.as_boolean()) return boolean->get();
  std::ostringstream text;
  if (const auto* date = node.as_date()) text << date->get();
  if (const auto* time = node.as_time()) text << time->get();
  if (const auto* both = node.as_date_time()) text << both->get();
  return text.str();
}

TomlPlace place_of(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

void note_places(const toml::node& node, std::vector<std::string>& way, PlacedToml& file) {
  file.values[way] = place_of(node.source());
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) {
      way.emplace_back(key.str());
      file.keys[way] = place_of(key.source());
      note_places(value, way, file);
      way.pop_back();
    }
  }
  if (const auto* array = node.as_array()) {
    for (size_t i = 0; i < array->size(); ++i) {
      way.push_back(std::to_string(i));
      file.keys[way] = place_of((*array)[i].source());
      note_places((*array)[i], way, file);
      way.pop_back();
    }
  }
}

toml::table parse(const std::filesystem::path& path) {
  const MappedFile file(path);
  try {
    return toml::parse(file.text(), path.string());
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    std::ranges::replace_if(
        what, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    fail("{}: line {}, column {}: not TOML: {}", path.string(), error.source().begin.line,
         error.source().begin.column, what);
  }
}

}  // namespace

Json read_toml(const std::filesystem::path& path) { return to_json(parse(path)); }

PlacedToml read_placed_toml(const std::filesystem::path& path) {
  const toml::table table = parse(path);
  PlacedToml file;
  file.value = to_json(table);
  std::vector<std::string> way;
  note_places(table, way, file);
  return file;
}

}  // namespace puente
