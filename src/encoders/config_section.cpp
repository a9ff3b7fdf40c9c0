#include "encoders/config_section.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/file_status.h"

namespace puente {

ConfigSection ConfigSection::read(const std::filesystem::path& folder) {
  const std::string file = (folder / "config.json").string();
  if (!file_exists(file)) {
    if (!is_folder(folder)) {
      fail("{}: there is no such folder; an encoder is a folder as Hugging Face ships it",
           folder.string());
    }
    fail("{}: has no config.json; an encoder is a folder as Hugging Face ships it",
         folder.string());
  }
  Json json = read_json(file);
  if (!json.is_object()) fail("{}: must hold a JSON object", file);
  return {std::move(json), file, ""};
}

ConfigSection ConfigSection::section(const std::string& name) const {
  // "vision_config_dict" of older files replaces "vision_config" whole.
  for (const std::string& key : {name + "_dict", name}) {
    const Json* found = find(key);
    if (!found) continue;
    if (!found->is_object()) refuse(key, "must be an object");
    return {*found, file_, key + "."};
  }
  return {Json::object(), file_, name + "."};
}

const Json* ConfigSection::find(const std::string& key) const {
  const auto at = values_.find(key);
  return at == values_.end() || at->is_null() ? nullptr : &*at;
}

void ConfigSection::refuse(const std::string& key, const std::string& what) const {
  fail("{}: {}{} {}", file_, name_, key, what);
}

int64_t ConfigSection::integer(const std::string& key, int64_t otherwise, int64_t least,
                               int64_t most) const {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_number_integer() || *value < least || *value > most) {
    refuse(key, fmt::format("must be a whole number from {} to {}", least, most));
  }
  return value->get<int64_t>();
}

float ConfigSection::number(const std::string& key, float otherwise, float most) const {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_number() || *value < 0 || *value > most) {
    refuse(key, fmt::format("must be a number from 0 to {}", most));
  }
  return value->get<float>();
}

std::string ConfigSection::text(const std::string& key, const std::string& otherwise) const {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_string()) refuse(key, "must be a text");
  return value->get<std::string>();
}

bool ConfigSection::flag(const std::string& key, bool otherwise) const {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) refuse(key, "must be true or false");
  return value->get<bool>();
}

Activation ConfigSection::activation(const std::string& key, const std::string& otherwise) const {
  static constexpr std::array<std::pair<std::string_view, Activation>, 9> kKnown = {{
      {"gelu", Activation::gelu},
      {"quick_gelu", Activation::quick_gelu},
      {"gelu_pytorch_tanh", Activation::gelu_tanh},
      {"gelu_new", Activation::gelu_tanh},
      {"gelu_fast", Activation::gelu_tanh},
      {"relu", Activation::relu},
      {"silu", Activation::silu},
      {"swish", Activation::silu},
      {"tanh", Activation::tanh},
  }};
  const std::string given = text(key, otherwise);
  std::string names;
  for (const auto& [name, activation] : kKnown) {
    if (name == given) return activation;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  refuse(key, fmt::format("is \"{}\"; known are {}", given, names));
}

void check_heads(const ConfigSection& section, int64_t hidden, int64_t heads) {
  if (hidden % heads == 0) return;
  section.refuse("hidden_size",
                 fmt::format("{} is not a multiple of num_attention_heads {}", hidden, heads));
}

void check_patches(const ConfigSection& section, int64_t image_size, int64_t patch_size) {
  if (image_size % patch_size == 0) return;
  section.refuse("image_size",
                 fmt::format("{} is not a multiple of patch_size {}", image_size, patch_size));
}

void check_channels(const ConfigSection& section) {
  if (section.integer("num_channels", 3) == 3) return;
  section.refuse("num_channels", "must be 3: pictures are read as RGB");
}

}  // namespace puente
