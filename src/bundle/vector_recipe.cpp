#include "bundle/vector_recipe.h"

#include <string_view>

#include "base/error.h"

namespace puente {
namespace {

/// null where it is not there.
Json at(const Json& json, const std::string& key) {
  return json.is_object() && json.contains(key) ? json[key] : Json(nullptr);
}

Json recipe_of(const Json& report, const std::string& half) {
  const Json encoder = at(report, half + "_encoder");
  if (!encoder.is_object()) return nullptr;
  Json recipe = {{"encoder", encoder},
                 {"pool", at(report, half + "_pool")},
                 {"normalise", at(report, "normalise")},
                 {"precision", at(at(report, "precision"), half)}};
  if (half == "image") {
    recipe["pictures"] = at(report, "pictures");
  } else {
    recipe["prompt"] = at(report, "prompt");
    recipe["truncate"] = at(report, "truncate");
  }
  return recipe;
}

/// For a message: a text without its quotation marks.
std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool same_weights(const Json& a, const Json& b) {
  return at(a, "sha256") == at(b, "sha256") && at(a, "sampled_sha256") == at(b, "sampled_sha256");
}

}  // namespace

VectorRecipes recipes_of(std::span<const Json> reports) {
  VectorRecipes recipes;
  for (const Json& report : reports) {
    if (const Json image = recipe_of(report, "image"); !image.is_null()) recipes.image = image;
    if (const Json text = recipe_of(report, "text"); !text.is_null()) recipes.text = text;
    recipes.untrained = recipes.untrained || at(report, "untrained") == Json(true);
  }
  return recipes;
}

std::vector<std::string> compare_recipes(const std::string& half, const Json& bundles,
                                         const Json& found, const std::string& table) {
  if (bundles.is_null() || found.is_null()) {
    return {
        fmt::format("how the {} vectors of {} were made is not known, for want of a .embed.json "
                    "beside the table; if by another encoder, no figure here means anything",
                    half, found.is_null() ? table : "the bundle")};
  }
  if (!same_weights(at(bundles, "encoder"), at(found, "encoder"))) {
    fail(
        "{}: its {} vectors are of another encoder ({}) than the bundle's ({}); embed with the "
        "bundle's",
        table, half, shown(at(at(found, "encoder"), "folder")),
        shown(at(at(bundles, "encoder"), "folder")));
  }
  for (const char* name : {"pool", "normalise"}) {
    if (at(bundles, name) == at(found, name)) continue;
    fail(
        "{}: its {} vectors were made with {} {}, the bundle's with {}; embed as the bundle's were",
        table, half, name, shown(at(found, name)), shown(at(bundles, name)));
  }
  std::vector<std::string> cautions;
  for (const char* name : {"precision", "pictures", "prompt", "truncate"}) {
    const Json before = at(bundles, name), now = at(found, name);
    if (before == now) continue;
    cautions.push_back(
        fmt::format("another {} for the {} vectors than in training: {} here, {} then", name, half,
                    shown(now), shown(before)));
  }
  return cautions;
}

}  // namespace puente
