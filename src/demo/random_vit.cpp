#include "demo/random_vit.h"

#include "demo/shapes.h"

namespace puente {
namespace {

struct VitShape {
  std::string_view name;
  int64_t layers, hidden, heads, mlp, image_size, patch_size, labels;
  double deviation = kUsualDeviation;
};

constexpr VitShape kVitShapes[] = {
    {.name = "vit-tiny",
     .layers = 3,
     .hidden = 48,
     .heads = 4,
     .mlp = 100,
     .image_size = 32,
     .patch_size = 8,
     .labels = 3,
     .deviation = kNarrowDeviation},
    {.name = "vit-scratch",
     .layers = 4,
     .hidden = 128,
     .heads = 4,
     .mlp = 512,
     .image_size = 64,
     .patch_size = 8,
     .labels = 2,
     .deviation = kScratchDeviation},
    {.name = "vit-b16",
     .layers = 12,
     .hidden = 768,
     .heads = 12,
     .mlp = 3072,
     .image_size = 224,
     .patch_size = 16,
     .labels = 1000},
};

Json config_json(const VitShape& s, const RandomEncoderOptions& options) {
  Json json = {
      {"architectures", {options.quirks ? "ViTForImageClassification" : "ViTModel"}},
      {"puente_untrained", true},
      {"attention_probs_dropout_prob", 0.0},
      {"hidden_act", "gelu"},
      {"hidden_dropout_prob", 0.0},
      {"hidden_size", s.hidden},
      {"image_size", s.image_size},
      {"initializer_range", s.deviation},
      {"intermediate_size", s.mlp},
      {"layer_norm_eps", 1e-12},
      {"model_type", "vit"},
      {"num_attention_heads", s.heads},
      {"num_channels", 3},
      {"num_hidden_layers", s.layers},
      {"patch_size", s.patch_size},
      {"qkv_bias", true},
      {"torch_dtype", torch_dtype(options.dtype)},
  };
  if (options.quirks) {
    json["id2label"] = Json::object();
    json["label2id"] = Json::object();
    for (int64_t i = 0; i < s.labels; ++i) {
      const std::string label = "LABEL_" + std::to_string(i);
      json["id2label"][std::to_string(i)] = label;
      json["label2id"][label] = i;
    }
  }
  return json;
}

/// With `old`, as ViTFeatureExtractor wrote it.
Json vit_preprocessor_json(int64_t side, bool old) {
  Json json = {{"do_normalize", true},
               {"do_resize", true},
               {"image_mean", {0.5, 0.5, 0.5}},
               {"image_std", {0.5, 0.5, 0.5}},
               {"resample", 2}};
  if (old) {
    json["feature_extractor_type"] = "ViTFeatureExtractor";
    json["size"] = side;
  } else {
    json["do_rescale"] = true;
    json["image_processor_type"] = "ViTImageProcessor";
    json["rescale_factor"] = 1.0 / 255;
    json["size"] = {{"height", side}, {"width", side}};
  }
  return json;
}

void add_layer(TensorList& list, const std::string& name, const VitShape& s) {
  for (const char* part : {"query", "key", "value"}) {
    list.linear(name + "attention.attention." + part, s.hidden, s.hidden, s.deviation);
  }
  list.linear(name + "attention.output.dense", s.hidden, s.hidden, s.deviation);
  list.linear(name + "intermediate.dense", s.hidden, s.mlp, s.deviation);
  list.linear(name + "output.dense", s.mlp, s.hidden, s.deviation);
  list.layer_norm(name + "layernorm_before", s.hidden);
  list.layer_norm(name + "layernorm_after", s.hidden);
}

std::vector<RandomTensor> vit_tensors(const VitShape& s, bool quirks) {
  TensorList list;
  const int64_t grid = s.image_size / s.patch_size;
  const std::string prefix = quirks ? "vit." : "";
  const std::string embeddings = prefix + "embeddings.";
  list.weight(embeddings + "cls_token", {1, 1, s.hidden}, s.deviation);
  list.weight(embeddings + "position_embeddings", {1, grid * grid + 1, s.hidden}, s.deviation);
  list.patches(embeddings + "patch_embeddings.projection", s.hidden, s.patch_size, s.deviation,
               true);
  for (int64_t i = 0; i < s.layers; ++i) {
    add_layer(list, prefix + "encoder.layer." + std::to_string(i) + ".", s);
  }
  list.layer_norm(prefix + "layernorm", s.hidden);
  if (quirks) {
    list.linear("classifier", s.hidden, s.labels, s.deviation);
  } else {
    list.linear("pooler.dense", s.hidden, s.hidden, s.deviation);
  }
  return list.take();
}

}  // namespace

std::vector<std::string> vit_names() { return shape_names(kVitShapes); }

std::vector<RandomTensor> vit_tensors_of(const ConfigSection& config) {
  return vit_tensors({.name = "vit",
                      .layers = config.integer("num_hidden_layers", 12, 1, 1000),
                      .hidden = config.integer("hidden_size", 768),
                      .heads = 0,  // no tensor's size
                      .mlp = config.integer("intermediate_size", 3072),
                      .image_size = config.integer("image_size", 224, 1, 10'000),
                      .patch_size = config.integer("patch_size", 16, 1, 10'000),
                      .labels = 0,
                      .deviation = initializer_range(config)},
                     false);
}

EncoderFolder random_vit(std::string_view name, const RandomEncoderOptions& options) {
  const VitShape& s = find_shape(kVitShapes, name);
  refuse_vocabulary(name, options);
  return {.kind = "ViT",
          .files = {json_file("config.json", config_json(s, options)),
                    json_file("preprocessor_config.json",
                              vit_preprocessor_json(s.image_size, options.quirks))},
          .tensors = vit_tensors(s, options.quirks)};
}

}  // namespace puente
