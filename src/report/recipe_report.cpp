#include "report/recipe_report.h"

#include <fmt/ranges.h>

#include "data/labels.h"
#include "text/prompt.h"

namespace puente {
namespace {

constexpr int64_t kShownPrompts = 3;

/// Of rows that lie apart: the first, the middle one, the last.
Json filled_prompts(const NamedPrompt& named, const Manifest& manifest) {
  const Prompt prompt(named.text.text);
  Json texts = Json::array();
  for (int64_t i = 0; i < std::min(kShownPrompts, manifest.rows()); ++i) {
    const auto row = static_cast<size_t>(
        manifest.rows() <= kShownPrompts ? i : i * (manifest.rows() - 1) / (kShownPrompts - 1));
    std::vector<std::string_view> values;
    for (const std::string& name : prompt.columns()) {
      values.push_back(manifest.find(name)->values[row]);
    }
    texts.push_back(prompt.render(values, manifest.lines[row], manifest.source));
  }
  return texts;
}

Json class_counts(const Manifest& manifest, const std::string& label) {
  const Categories classes = categories_of(*manifest.find(label), manifest.source);
  const std::vector<int64_t> sizes = classes.sizes();
  Json counts = Json::object();
  for (size_t i = 0; i < sizes.size(); ++i) counts[classes.names[i]] = sizes[i];
  return counts;
}

void add_data(Json& json, const Recipe& recipe, const Prepared& prepared) {
  const Manifest& manifest = prepared.manifest;
  json["rows"] = manifest.rows();
  json["classes"] = class_counts(manifest, recipe.label.name);
  if (!prepared.group.empty()) {
    const Categories groups = categories_of(*manifest.find(prepared.group), manifest.source);
    json["groups"] = groups.count();
  }
  for (const NamedPrompt& named : recipe.prompts) {
    json["prompts"][named.name] = filled_prompts(named, manifest);
  }
}

}  // namespace

Json recipe_json(const Recipe& recipe, const std::optional<Prepared>& prepared,
                 const std::vector<RecipeMistake>& mistakes) {
  Json json;
  json["recipe"] = recipe.source;
  json["name"] = recipe.name;
  Json list = Json::array();
  for (const RecipeMistake& mistake : mistakes) {
    list.push_back({{"line", mistake.place.line},
                    {"column", mistake.place.column},
                    {"mistake", mistake.what}});
  }
  json["mistakes"] = list;
  if (!mistakes.empty()) return json;
  json["label"] = recipe.label.name;
  json["group"] = recipe.group ? Json(recipe.group->text) : Json();
  json["protocol"] = recipe.protocol.text;
  json["templates"] = Json::object();
  for (const NamedPrompt& named : recipe.prompts) json["templates"][named.name] = named.text.text;
  json["notes"] = prepared ? Json(prepared->notes) : Json::array();
  if (prepared) add_data(json, recipe, *prepared);
  return json;
}

std::string recipe_text(const Json& json) {
  std::string text =
      fmt::format("{} ({})\n", json["name"].get<std::string>(), json["recipe"].get<std::string>());
  if (json.contains("rows")) {
    text += fmt::format("{} rows", json["rows"].get<int64_t>());
    if (json.contains("groups")) text += fmt::format(", {} groups", json["groups"].get<int64_t>());
    text += fmt::format("; label {}:", json["label"].get<std::string>());
    for (const auto& [name, count] : json["classes"].items()) {
      text += fmt::format(" {} {}", name, count.get<int64_t>());
    }
    text += "\n";
  }
  for (const Json& note : json["notes"]) text += fmt::format("note: {}\n", note.get<std::string>());
  if (!json.contains("rows")) {
    text += "no mistake in the file itself; with --data DIR it is held against the data\n";
  }
  for (const auto& [name, prompt] : json["templates"].items()) {
    text += fmt::format("prompt '{}': {}\n", name, prompt.get<std::string>());
    if (!json.contains("prompts")) continue;
    for (const Json& filled : json["prompts"][name]) {
      text += fmt::format("    {}\n", filled.get<std::string>());
    }
  }
  return text;
}

}  // namespace puente
