#include "serve/bundle_json.h"

#include <algorithm>
#include <filesystem>

#include "base/file_status.h"
#include "predict/prediction_json.h"

namespace puente::serve {
namespace {

Json image_json(const Served& served, const RecordEncoder* encoder) {
  if (!served.how->job.images) return nullptr;
  return {{"needed", served.predictor != nullptr},
          {"encoder", name_of_folder(served.how->image_encoder.folder)},
          {"dim", encoder == nullptr ? Json() : Json(encoder->image_dim())},
          {"pictures", served.predictor == nullptr ? 1 : served.predictor->most_pictures()}};
}

Json text_json(const Served& served, const RecordEncoder* encoder) {
  if (!served.how->job.texts) return nullptr;
  Json json = {{"needed", served.predictor != nullptr},
               {"encoder", name_of_folder(served.how->text_encoder.folder)},
               {"dim", encoder == nullptr ? Json() : Json(encoder->text_dim())},
               {"tokens", encoder == nullptr ? Json() : Json(encoder->max_tokens())},
               {"prompt", nullptr},
               {"fields", Json::array()}};
  const Prompt* prompt = served.predictor == nullptr ? nullptr : served.predictor->prompt();
  if (prompt == nullptr) return json;
  json["prompt"] = prompt->text();
  for (const PromptField& field : prompt->fields()) {
    json["fields"].push_back(
        {{"name", field.column},
         {"filter", field.as_int ? Json("int") : Json(nullptr)},
         {"default", field.has_fallback ? Json(field.fallback) : Json(nullptr)},
         {"values", field.known}});
  }
  return json;
}

}  // namespace

Json bundle_json(const Served& served, const RecordEncoder* encoder, const Limits& limits) {
  Json json = {{"puente", PUENTE_VERSION}, {"bundle", nullptr}, {"labels", Json::array()}};
  json["image"] = image_json(served, encoder);
  json["text"] = text_json(served, encoder);
  json["training"] = nullptr;
  json["card"] = served.card.empty() ? Json() : Json(served.card);
  json["ready"] = encoder != nullptr;
  json["untrained"] = encoder != nullptr && encoder->untrained();
  json["cautions"] = Json::array();
  json["neighbours"] = false;
  if (served.predictor != nullptr) {
    const std::vector<Bundle>& labels = served.predictor->labels();
    json["bundle"] = served.bundle;
    json["labels"] = labels_json(labels);
    if (labels.front().training) json["training"] = summary_json(*labels.front().training);
    json["untrained"] = labels.front().recipes.untrained;
    json["cautions"] = bundle_cautions(labels);
    json["neighbours"] = labels.front().cases != nullptr;
  }
  json["limits"] = {{"body_bytes", limits.body_bytes},
                    {"pixels", limits.pixels},
                    {"batch", limits.batch},
                    {"seconds", limits.seconds}};
  return json;
}

std::vector<std::string> model_names(const Served& served) {
  std::vector<std::string> names;
  const auto add = [&names](std::string name) {
    if (!name.empty() && std::ranges::count(names, name) == 0) names.push_back(std::move(name));
  };
  if (served.how->job.images) add(name_of_folder(served.how->image_encoder.folder));
  if (served.how->job.texts) add(name_of_folder(served.how->text_encoder.folder));
  add(served.bundle);
  return names;
}

}  // namespace puente::serve
