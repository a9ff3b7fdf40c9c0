#include "encoders/clip_config.h"

#include <string>

namespace puente {
namespace {

bool is_quick_gelu(const ConfigSection& section) {
  const Activation activation = section.activation("hidden_act", "quick_gelu");
  if (activation == Activation::quick_gelu) return true;
  if (activation == Activation::gelu) return false;
  section.refuse("hidden_act", "must be quick_gelu or gelu for CLIP");
}

ClipVisionConfig read_vision(const ConfigSection& s) {
  ClipVisionConfig vision;
  vision.hidden = s.integer("hidden_size", 768);
  vision.layers = s.integer("num_hidden_layers", 12, 1, 1000);
  vision.heads = s.integer("num_attention_heads", 12);
  vision.mlp = s.integer("intermediate_size", 3072);
  vision.image_size = s.integer("image_size", 224, 1, 10'000);
  vision.patch_size = s.integer("patch_size", 32, 1, 10'000);
  vision.layer_norm_epsilon = s.number("layer_norm_eps", 1e-5f);
  check_heads(s, vision.hidden, vision.heads);
  check_channels(s);
  check_patches(s, vision.image_size, vision.patch_size);
  return vision;
}

ClipTextConfig read_text(const ConfigSection& s) {
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

ClipConfig read_clip_config(const ConfigSection& all) {
  const ConfigSection vision = all.section("vision_config");
  const ConfigSection text = all.section("text_config");
  ClipConfig config;
  config.vision = read_vision(vision);
  config.text = read_text(text);
  config.projection = all.integer("projection_dim", 512);
  config.quick_gelu = is_quick_gelu(vision);
  if (is_quick_gelu(text) != config.quick_gelu) {
    all.refuse("hidden_act", "differs between vision_config and text_config");
  }
  config.untrained = all.flag("puente_untrained", false);
  return config;
}

ClipConfig read_clip_config(const std::filesystem::path& folder) {
  return read_clip_config(ConfigSection::read(folder));
}

}  // namespace puente
