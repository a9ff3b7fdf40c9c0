#include "bundle/vector_recipe.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "bundle/encoder_identity.h"
#include "image/image_reading_json.h"

namespace puente {
namespace {

/// null where it is not there.
Json at(const Json& json, const std::string& key) {
  return json.is_object() && json.contains(key) ? json[key] : Json(nullptr);
}

/// A setting of one half. Older reports have one normalise for both.
Json of_half(const Json& setting, const std::string& half) {
  return setting.is_object() ? at(setting, half) : setting;
}

Json recipe_of(const Json& report, const std::string& half) {
  const Json encoder = at(report, half + "_encoder");
  if (!encoder.is_object()) return nullptr;
  Json recipe = {{"encoder", encoder},
                 {"pool", at(report, half + "_pool")},
                 {"normalise", of_half(at(report, "normalise"), half)},
                 {"precision", of_half(at(report, "precision"), half)}};
  if (half == "image") {
    recipe["image_column"] = at(report, "image_column");
    recipe["pictures"] = at(report, "pictures");
  } else {
    recipe["prompt"] = at(report, "prompt");
    // Older reports have a column's name under prompt: then it is not there, instead of null.
    if (report.contains("text_column")) recipe["text_column"] = report["text_column"];
    recipe["truncate"] = at(report, "truncate");
  }
  return recipe;
}

/// How many columns name pictures; 1 where it is not said.
int64_t pictures_of_row(const Json& recipe) {
  const Json columns = at(recipe, "image_column");
  if (!columns.is_string()) return 1;
  return 1 + std::ranges::count(columns.get_ref<const std::string&>(), ',');
}

/// For a message: a text without its quotation marks.
std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json recipe_json(const EmbedRequest& request) {
  const EmbedJob& job = request.job;
  Json json;
  const auto add_half = [&json](const std::string& half, const EncoderChoice& choice,
                                std::optional<Pool> pool) {
    json[half + "_pool"] = pool ? std::string(name_of(*pool)) : "model";
    json["precision"][half] = std::string(name_of(choice.settings.precision));
    json["normalise"][half] = choice.settings.normalise;
  };
  if (job.images) {
    const EncoderChoice& choice = request.image_encoder;
    json["image_encoder"] = encoder_identity(choice.folder);
    add_half("image", choice, choice.settings.image_pool);
    json["image_column"] = job.images->column;
    json["pictures"] = {{"exif", std::string(name_of(job.images->exif))},
                        {"resize", job.images->squash ? "squash" : "model"},
                        {"jpeg", std::string(name_of(job.images->jpeg))}};
    json["pictures"].update(image_reading_json(job.images->reading));
  }
  if (job.texts) {
    const EncoderChoice& choice = request.text_encoder;
    json["text_encoder"] =
        request.one_folder() ? json["image_encoder"] : encoder_identity(choice.folder);
    add_half("text", choice, choice.settings.text_pool);
    const Prompt& prompt = job.texts->prompt;
    const bool by_column = prompt.text().empty();
    json["prompt"] = by_column ? Json(nullptr) : Json(prompt.text());
    json["text_column"] = by_column ? Json(prompt.columns().front()) : Json(nullptr);
    json["truncate"] = std::string(name_of(job.texts->truncate));
  }
  return json;
}

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
  if (!same_encoder(at(bundles, "encoder"), at(found, "encoder"))) {
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
  const auto [pictures_before, pictures_now] =
      std::pair(pictures_of_row(bundles), pictures_of_row(found));
  if (pictures_before != pictures_now) {
    cautions.push_back(
        fmt::format("the image vectors are means over up to {} pictures of a row, and in training "
                    "over up to {}",
                    pictures_now, pictures_before));
  }
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
