#include "encoders/sentence_config.h"

#include <string>

#include "base/error.h"
#include "base/file_status.h"
#include "formats/json.h"

namespace puente {
namespace {

Json read_object_if_there(const std::filesystem::path& path) {
  if (!file_exists(path)) return Json::object();
  return read_json(path);
}

std::optional<Pool> pool_of(const std::filesystem::path& path) {
  const Json json = read_object_if_there(path);
  if (!json.is_object() || json.empty()) return std::nullopt;
  std::string on;
  for (const auto& [key, value] : json.items()) {
    if (key.starts_with("pooling_mode_") && value.is_boolean() && value.get<bool>()) {
      on += (on.empty() ? "" : " + ") + key;
    }
  }
  if (on == "pooling_mode_mean_tokens") return Pool::mean;
  if (on == "pooling_mode_cls_token") return Pool::cls;
  fail(
      "{}: pools by {}; known are pooling_mode_mean_tokens and pooling_mode_cls_token, one of them",
      path.string(), on.empty() ? "nothing" : on);
}

}  // namespace

SentenceConfig read_sentence_config(const std::filesystem::path& folder) {
  SentenceConfig config;
  config.pool = pool_of(folder / "1_Pooling" / "config.json");
  const Json modules = read_object_if_there(folder / "modules.json");
  for (const Json& module : modules) {
    if (module.is_object() && module.contains("type") && module["type"].is_string()) {
      config.normalise |= module["type"].get<std::string>().ends_with("Normalize");
    }
  }
  const Json limits = read_object_if_there(folder / "sentence_bert_config.json");
  if (limits.is_object() && limits.contains("max_seq_length")) {
    const Json& value = limits["max_seq_length"];
    if (value.is_number_integer() && value >= 3) config.max_tokens = value.get<int64_t>();
  }
  return config;
}

}  // namespace puente
