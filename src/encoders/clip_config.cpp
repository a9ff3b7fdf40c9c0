// config.json of a CLIP model, as transformers' CLIPConfig reads it. Keys left out have the
// defaults of CLIPConfig, which are those of openai/clip-vit-base-patch32.
#include <limits>
#include <string>

#include "base/error.h"
#include "encoders/clip.h"
#include "formats/json.h"

namespace puente {
namespace {

/// One object of the file and how to speak of it.
struct Section {
  const Json& values;
  std::string file;
  std::string name;  // "vision_config."

  const Json* find(const char* key) const {
    const auto at = values.find(key);
    return at == values.end() || at->is_null() ? nullptr : &*at;
  }

  int64_t integer(const char* key, int64_t otherwise, int64_t least = 1,
                  int64_t most = 10'000'000) const {
    const Json* value = find(key);
    if (!value) return otherwise;
    if (!value->is_number_integer() || *value < least || *value > most) {
      fail("{}: {}{} must be a whole number from {} to {}", file, name, key, least, most);
    }
    return value->get<int64_t>();
  }

  float number(const char* key, float otherwise) const {
    const Json* value = find(key);
    if (!value) return otherwise;
    if (!value->is_number() || *value < 0 || *value > 1) {
      fail("{}: {}{} must be a number from 0 to 1", file, name, key);
    }
    return value->get<float>();
  }

  std::string text(const char* key, const char* otherwise) const {
    const Json* value = find(key);
    if (!value) return otherwise;
    if (!value->is_string()) fail("{}: {}{} must be a text", file, name, key);
    return value->get<std::string>();
  }
};

const Json kNothing = Json::object();

/// "vision_config", or "vision_config_dict" of older files, which replaces it whole.
Section section(const Json& config, const std::string& file, const std::string& name) {
  for (const std::string& key : {name + "_dict", name}) {
    const auto at = config.find(key);
    if (at == config.end() || at->is_null()) continue;
    if (!at->is_object()) fail("{}: {} must be an object", file, key);
    return {*at, file, key + "."};
  }
  return {kNothing, file, name + "."};
}

bool is_quick_gelu(const Section& section) {
  const std::string activation = section.text("hidden_act", "quick_gelu");
  if (activation == "quick_gelu") return true;
  if (activation == "gelu") return false;
  fail("{}: {}hidden_act is \"{}\"; known are quick_gelu and gelu", section.file, section.name,
       activation);
}

void check_heads(const Section& section, int64_t hidden, int64_t heads) {
  if (hidden % heads != 0) {
    fail("{}: {}hidden_size {} is not a multiple of num_attention_heads {}", section.file,
         section.name, hidden, heads);
  }
}

ClipVisionConfig read_vision(const Section& s) {
  ClipVisionConfig vision;
  vision.hidden = s.integer("hidden_size", 768);
  vision.layers = s.integer("num_hidden_layers", 12, 1, 1000);
  vision.heads = s.integer("num_attention_heads", 12);
  vision.mlp = s.integer("intermediate_size", 3072);
  vision.image_size = s.integer("image_size", 224, 1, 10'000);
  vision.patch_size = s.integer("patch_size", 32, 1, 10'000);
  vision.layer_norm_epsilon = s.number("layer_norm_eps", 1e-5f);
  check_heads(s, vision.hidden, vision.heads);
  if (s.integer("num_channels", 3) != 3) {
    fail("{}: {}num_channels must be 3: pictures are read as RGB", s.file, s.name);
  }
  if (vision.image_size % vision.patch_size != 0) {
    fail("{}: {}image_size {} is not a multiple of patch_size {}", s.file, s.name,
         vision.image_size, vision.patch_size);
  }
  return vision;
}

ClipTextConfig read_text(const Section& s) {
  ClipTextConfig text;
  text.hidden = s.integer("hidden_size", 512);
  text.layers = s.integer("num_hidden_layers", 12, 1, 1000);
  text.heads = s.integer("num_attention_heads", 8);
  text.mlp = s.integer("intermediate_size", 2048);
  text.vocabulary = s.integer("vocab_size", 49408);
  text.positions = s.integer("max_position_embeddings", 77, 2);
  text.end_token = s.integer("eos_token_id", 49407, 0);
  text.layer_norm_epsilon = s.number("layer_norm_eps", 1e-5f);
  check_heads(s, text.hidden, text.heads);
  return text;
}

}  // namespace

ClipConfig read_clip_config(const std::filesystem::path& folder) {
  const std::string file = (folder / "config.json").string();
  const Json json = read_json(file);
  if (!json.is_object()) fail("{}: must hold a JSON object", file);
  const Section all{json, file, ""};
  const std::string type = all.text("model_type", "");
  if (type != "clip") {
    fail("{}: {}; the known kind of image and text encoder is \"clip\"", file,
         type.empty() ? "has no model_type" : "describes a model of type \"" + type + "\"");
  }
  const Section vision = section(json, file, "vision_config");
  const Section text = section(json, file, "text_config");
  ClipConfig config;
  config.vision = read_vision(vision);
  config.text = read_text(text);
  config.projection = all.integer("projection_dim", 512);
  config.quick_gelu = is_quick_gelu(vision);
  if (is_quick_gelu(text) != config.quick_gelu) {
    fail("{}: hidden_act differs between vision_config and text_config", file);
  }
  const Json* untrained = all.find("puente_untrained");
  config.untrained = untrained && untrained->is_boolean() && untrained->get<bool>();
  return config;
}

}  // namespace puente
