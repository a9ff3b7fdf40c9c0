#include "demo/random_clip.h"

#include <cmath>

#include "base/error.h"
#include "demo/clip_vocabulary.h"
#include "demo/tower.h"

namespace puente {
namespace {

constexpr std::string_view kPrefix = "clip-";
constexpr std::string_view kGelu = "-gelu";
constexpr double kEmbedding = 0.02;  // initializer_range

Json text_config(const ClipConfig& c, const ClipVocabulary& vocabulary, bool quirks) {
  return {
      {"model_type", "clip_text_model"},
      {"hidden_size", c.text.hidden},
      {"num_hidden_layers", c.text.layers},
      {"num_attention_heads", c.text.heads},
      {"intermediate_size", c.text.mlp},
      {"projection_dim", c.projection},
      {"vocab_size", c.text.vocabulary},
      {"max_position_embeddings", c.text.positions},
      {"hidden_act", c.quick_gelu ? "quick_gelu" : "gelu"},
      {"layer_norm_eps", c.text.layer_norm_epsilon},
      // OpenAI's checkpoints say 0, 2 and 1, which no token of theirs is.
      {"bos_token_id", quirks ? 0 : vocabulary.start},
      {"eos_token_id", quirks ? 2 : vocabulary.end},
      {"pad_token_id", quirks ? 1 : vocabulary.end},
  };
}

Json vision_config(const ClipConfig& c) {
  return {
      {"model_type", "clip_vision_model"},
      {"hidden_size", c.vision.hidden},
      {"num_hidden_layers", c.vision.layers},
      {"num_attention_heads", c.vision.heads},
      {"intermediate_size", c.vision.mlp},
      {"projection_dim", c.projection},
      {"image_size", c.vision.image_size},
      {"patch_size", c.vision.patch_size},
      {"num_channels", 3},
      {"hidden_act", c.quick_gelu ? "quick_gelu" : "gelu"},
      {"layer_norm_eps", c.vision.layer_norm_epsilon},
  };
}

Json config_json(const ClipConfig& c, const ClipVocabulary& vocabulary,
                 const RandomEncoderOptions& options) {
  return {{"model_type", "clip"},
          {"architectures", {"CLIPModel"}},
          {"puente_untrained", true},
          {"projection_dim", c.projection},
          {"logit_scale_init_value", 2.6592},
          {"torch_dtype", torch_dtype(options.dtype)},
          {"text_config", text_config(c, vocabulary, options.quirks)},
          {"vision_config", vision_config(c)}};
}

/// As openai/clip-vit-base-patch32 has it; with `old`, as it had it at first.
Json clip_preprocessor_json(int64_t side, bool old) {
  Json json;
  if (old) {
    json = {{"feature_extractor_type", "CLIPFeatureExtractor"},
            {"do_resize", true},
            {"size", side},
            {"resample", 3},
            {"do_center_crop", true},
            {"crop_size", side}};
  } else {
    json = {{"image_processor_type", "CLIPImageProcessor"},
            {"do_convert_rgb", true},
            {"do_resize", true},
            {"size", {{"shortest_edge", side}}},
            {"resample", 3},
            {"do_center_crop", true},
            {"crop_size", {{"height", side}, {"width", side}}},
            {"do_rescale", true},
            {"rescale_factor", 1.0 / 255}};
  }
  json["do_normalize"] = true;
  json["image_mean"] = {0.48145466, 0.4578275, 0.40821073};
  json["image_std"] = {0.26862954, 0.26130258, 0.27577711};
  return json;
}

/// CLIPPreTrainedModel's, for layers of that width.
TowerDeviations clip_deviations(int64_t hidden, int64_t layers) {
  const double c = 1 / std::sqrt(static_cast<double>(hidden));
  const double deep = c / std::sqrt(2.0 * static_cast<double>(layers));
  return {.query_key_value = deep, .out = c, .fc1 = c / std::sqrt(2.0), .fc2 = deep};
}

std::vector<RandomTensor> clip_tensors(const ClipConfig& config, bool quirks) {
  TensorList list;
  const ClipVisionConfig& v = config.vision;
  const ClipTextConfig& t = config.text;
  const int64_t grid = v.image_size / v.patch_size;
  const double vision = 1 / std::sqrt(static_cast<double>(v.hidden));
  const double text = 1 / std::sqrt(static_cast<double>(t.hidden));

  list.constant("logit_scale", {}, 2.6592);
  list.weight("text_model.embeddings.token_embedding.weight", {t.vocabulary, t.hidden}, kEmbedding);
  list.weight("text_model.embeddings.position_embedding.weight", {t.positions, t.hidden},
              kEmbedding);
  add_tower(list, "text_model.", {.layers = t.layers, .hidden = t.hidden, .mlp = t.mlp},
            clip_deviations(t.hidden, t.layers));
  list.layer_norm("text_model.final_layer_norm", t.hidden);
  list.linear("text_projection.weight", {config.projection, t.hidden}, text, "");

  list.weight("vision_model.embeddings.class_embedding", {v.hidden}, vision);
  list.patches("vision_model.embeddings.patch_embedding", v.hidden, v.patch_size, kEmbedding,
               false);
  list.weight("vision_model.embeddings.position_embedding.weight", {grid * grid + 1, v.hidden},
              kEmbedding);
  list.layer_norm("vision_model.pre_layrnorm", v.hidden);
  add_tower(list, "vision_model.", {.layers = v.layers, .hidden = v.hidden, .mlp = v.mlp},
            clip_deviations(v.hidden, v.layers));
  list.layer_norm("vision_model.post_layernorm", v.hidden);
  list.linear("visual_projection.weight", {config.projection, v.hidden}, vision, "");
  if (quirks) {
    list.indices("text_model.embeddings.position_ids", {1, t.positions});
    list.indices("vision_model.embeddings.position_ids", {1, grid * grid + 1});
  }
  return list.take();
}

EncoderFolder clip_folder(const ClipConfig& config, const RandomEncoderOptions& options) {
  PUENTE_ASSERT(config.vision.hidden > 0 && config.text.hidden > 0 && config.projection > 0);
  const ClipVocabulary vocabulary = clip_vocabulary(options.vocabulary, config.text.vocabulary);
  EncoderFolder folder{.kind = "CLIP",
                       .files = tokenizer_files(vocabulary),
                       .tensors = clip_tensors(config, options.quirks)};
  folder.files.push_back(
      json_file("preprocessor_config.json",
                clip_preprocessor_json(config.vision.image_size, options.quirks)));
  folder.files.push_back(json_file("config.json", config_json(config, vocabulary, options)));
  return folder;
}

}  // namespace

ClipConfig named_clip(std::string_view size) {
  ClipConfig c;
  c.text = {
      .hidden = 512, .layers = 12, .heads = 8, .mlp = 2048, .vocabulary = 49408, .positions = 77};
  c.vision = {
      .hidden = 768, .layers = 12, .heads = 12, .mlp = 3072, .image_size = 224, .patch_size = 32};
  c.projection = 512;
  c.untrained = true;
  if (size == "b32") return c;
  if (size == "b16") {
    c.vision.patch_size = 16;
    return c;
  }
  if (size == "l14") {
    c.text = {.hidden = 768,
              .layers = 12,
              .heads = 12,
              .mlp = 3072,
              .vocabulary = 49408,
              .positions = 77};
    c.vision = {.hidden = 1024,
                .layers = 24,
                .heads = 16,
                .mlp = 4096,
                .image_size = 224,
                .patch_size = 14};
    c.projection = 768;
    return c;
  }
  if (size == "tiny") {
    c.text = {.hidden = 32, .layers = 2, .heads = 4, .mlp = 72, .vocabulary = 514, .positions = 77};
    c.vision = {
        .hidden = 48, .layers = 3, .heads = 4, .mlp = 100, .image_size = 32, .patch_size = 8};
    c.projection = 24;
    return c;
  }
  fail("size \"{}\" is not known; known are tiny, b32, b16 and l14", size);
}

void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       const RandomClipOptions& options) {
  write_encoder_folder(folder, clip_folder(config, options), options);
}

void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       uint64_t seed) {
  write_random_clip(folder, config, RandomClipOptions{.seed = seed});
}

std::vector<RandomTensor> clip_tensors_of(const ConfigSection& config) {
  return clip_tensors(read_clip_config(config), false);
}

std::vector<std::string> clip_names() {
  return {"clip-tiny", "clip-tiny-gelu", "clip-b32", "clip-b16", "clip-l14"};
}

EncoderFolder random_clip(std::string_view name, const RandomEncoderOptions& options) {
  PUENTE_ASSERT(name.starts_with(kPrefix));
  name.remove_prefix(kPrefix.size());
  const bool gelu = name.ends_with(kGelu);
  if (gelu) name.remove_suffix(kGelu.size());
  ClipConfig config = named_clip(name);
  config.quick_gelu = !gelu;
  return clip_folder(config, options);
}

}  // namespace puente
