// config.json of a CLIP model, as transformers' CLIPConfig reads it. Keys left out have the
// defaults of CLIPConfig, which are those of openai/clip-vit-base-patch32.
#pragma once

#include <cstdint>
#include <filesystem>

#include "encoders/config_section.h"

namespace puente {

struct ClipVisionConfig {
  int64_t hidden = 0, layers = 0, heads = 0, mlp = 0, image_size = 0, patch_size = 0;
  float layer_norm_epsilon = 1e-5f;
};

struct ClipTextConfig {
  int64_t hidden = 0, layers = 0, heads = 0, mlp = 0, vocabulary = 0, positions = 0;
  int64_t end_token = 49407;  // eos_token_id: where a text's vector is taken
  float layer_norm_epsilon = 1e-5f;
};

struct ClipConfig {
  ClipVisionConfig vision;
  ClipTextConfig text;
  int64_t projection = 0;
  bool quick_gelu = true;
  bool untrained = false;  // "puente_untrained": made by write_random_encoder
};

ClipConfig read_clip_config(const ConfigSection& config);
/// Of DIR/config.json.
ClipConfig read_clip_config(const std::filesystem::path& folder);

}  // namespace puente
