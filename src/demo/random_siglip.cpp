#include "demo/random_siglip.h"

#include <cmath>

#include "demo/shapes.h"
#include "demo/siglip_vocabulary.h"
#include "demo/tower.h"

namespace puente {
namespace {

struct SiglipShape {
  std::string_view name;
  int64_t hidden, heads;
  int64_t vision_layers, vision_mlp, image_size, patch_size;
  int64_t text_layers, text_mlp, positions;
  int64_t vocabulary = 32000;  // 0: as many as there are pieces
};

constexpr SiglipShape kSiglipShapes[] = {
    {.name = "siglip-tiny",
     .hidden = 48,
     .heads = 4,
     .vision_layers = 3,
     .vision_mlp = 100,
     .image_size = 32,
     .patch_size = 8,
     .text_layers = 2,
     .text_mlp = 72,
     .positions = 24,
     .vocabulary = 0},
    {.name = "siglip-b16",
     .hidden = 768,
     .heads = 12,
     .vision_layers = 12,
     .vision_mlp = 3072,
     .image_size = 224,
     .patch_size = 16,
     .text_layers = 12,
     .text_mlp = 3072,
     .positions = 64},
};

Json text_config(const SiglipShape& s, int64_t vocabulary, const SiglipVocabulary& tokens) {
  return {{"model_type", "siglip_text_model"},
          {"hidden_size", s.hidden},
          {"intermediate_size", s.text_mlp},
          {"num_hidden_layers", s.text_layers},
          {"num_attention_heads", s.heads},
          {"vocab_size", vocabulary},
          {"max_position_embeddings", s.positions},
          {"hidden_act", "gelu_pytorch_tanh"},
          {"layer_norm_eps", 1e-6},
          {"attention_dropout", 0.0},
          {"pad_token_id", tokens.end}};
}

Json vision_config(const SiglipShape& s) {
  return {{"model_type", "siglip_vision_model"},
          {"hidden_size", s.hidden},
          {"intermediate_size", s.vision_mlp},
          {"num_hidden_layers", s.vision_layers},
          {"num_attention_heads", s.heads},
          {"num_channels", 3},
          {"image_size", s.image_size},
          {"patch_size", s.patch_size},
          {"hidden_act", "gelu_pytorch_tanh"},
          {"layer_norm_eps", 1e-6},
          {"attention_dropout", 0.0}};
}

// SiglipTextConfig's and SiglipVisionConfig's.
const Json& default_text() {
  static const Json json = {{"hidden_size", 768},
                            {"intermediate_size", 3072},
                            {"num_hidden_layers", 12},
                            {"num_attention_heads", 12},
                            {"vocab_size", 32000},
                            {"max_position_embeddings", 64},
                            {"hidden_act", "gelu_pytorch_tanh"},
                            {"layer_norm_eps", 1e-6},
                            {"attention_dropout", 0.0},
                            {"pad_token_id", 1}};
  return json;
}

const Json& default_vision() {
  static const Json json = {{"hidden_size", 768},      {"intermediate_size", 3072},
                            {"num_hidden_layers", 12}, {"num_attention_heads", 12},
                            {"num_channels", 3},       {"image_size", 224},
                            {"patch_size", 16},        {"hidden_act", "gelu_pytorch_tanh"},
                            {"layer_norm_eps", 1e-6},  {"attention_dropout", 0.0}};
  return json;
}

Json without(Json config, const Json& defaults) {
  for (const auto& [key, value] : defaults.items()) {
    if (config[key] == value) config.erase(key);
  }
  return config;
}

Json config_json(const Json& text, const Json& vision, const RandomEncoderOptions& options) {
  const bool bare = options.quirks;
  return {{"architectures", {"SiglipModel"}},
          {"puente_untrained", true},
          {"initializer_factor", 1.0},
          {"model_type", "siglip"},
          {"text_config", bare ? without(text, default_text()) : text},
          {"torch_dtype", torch_dtype(options.dtype)},
          {"vision_config", bare ? without(vision, default_vision()) : vision}};
}

Json siglip_preprocessor_json(int64_t side) {
  return {{"do_normalize", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"image_mean", {0.5, 0.5, 0.5}},
          {"image_processor_type", "SiglipImageProcessor"},
          {"image_std", {0.5, 0.5, 0.5}},
          {"processor_class", "SiglipProcessor"},
          {"resample", 3},
          {"rescale_factor", 1.0 / 255},
          {"size", {{"height", side}, {"width", side}}}};
}

/// The deviation of the Xavier initialisation; transformers draws it uniformly.
double xavier(int64_t in, int64_t out) { return std::sqrt(2.0 / static_cast<double>(in + out)); }
double lecun(int64_t in) { return 1 / std::sqrt(static_cast<double>(in)); }

TowerDeviations siglip_deviations(int64_t hidden, int64_t mlp) {
  return {.query_key_value = xavier(hidden, hidden),
          .out = xavier(hidden, hidden),
          .fc1 = xavier(hidden, mlp),
          .fc2 = xavier(hidden, mlp)};
}

/// Attention from one learned query, and an MLP: the vector of a picture.
void add_head(TensorList& list, const SiglipShape& s) {
  const std::string head = "vision_model.head.", attention = head + "attention.";
  list.weight(head + "probe", {1, 1, s.hidden}, xavier(s.hidden, s.hidden));
  list.linear(attention + "in_proj_weight", {3 * s.hidden, s.hidden},
              xavier(s.hidden, 3 * s.hidden), attention + "in_proj_bias");
  list.linear(attention + "out_proj", s.hidden, s.hidden, lecun(s.hidden));
  list.layer_norm(head + "layernorm", s.hidden);
  list.linear(head + "mlp.fc1", s.hidden, s.vision_mlp, xavier(s.hidden, s.vision_mlp));
  list.linear(head + "mlp.fc2", s.vision_mlp, s.hidden, xavier(s.hidden, s.vision_mlp));
}

std::vector<RandomTensor> siglip_tensors(const SiglipShape& s, int64_t vocabulary) {
  TensorList list;
  const int64_t grid = s.image_size / s.patch_size;
  const double embedding = lecun(s.hidden);
  list.weight("logit_bias", {1}, 0);
  list.weight("logit_scale", {1}, 0);
  list.weight("text_model.embeddings.token_embedding.weight", {vocabulary, s.hidden}, embedding);
  list.weight("text_model.embeddings.position_embedding.weight", {s.positions, s.hidden},
              embedding);
  add_tower(list, "text_model.", {.layers = s.text_layers, .hidden = s.hidden, .mlp = s.text_mlp},
            siglip_deviations(s.hidden, s.text_mlp));
  list.layer_norm("text_model.final_layer_norm", s.hidden);
  list.linear("text_model.head", s.hidden, s.hidden, lecun(s.hidden));

  list.patches("vision_model.embeddings.patch_embedding", s.hidden, s.patch_size,
               lecun(3 * s.patch_size * s.patch_size), true);
  list.weight("vision_model.embeddings.position_embedding.weight", {grid * grid, s.hidden},
              embedding);
  add_tower(list, "vision_model.",
            {.layers = s.vision_layers, .hidden = s.hidden, .mlp = s.vision_mlp},
            siglip_deviations(s.hidden, s.vision_mlp));
  list.layer_norm("vision_model.post_layernorm", s.hidden);
  add_head(list, s);
  return list.take();
}

}  // namespace

std::vector<std::string> siglip_names() { return shape_names(kSiglipShapes); }

std::vector<RandomTensor> siglip_tensors_of(const ConfigSection& config) {
  const ConfigSection vision = config.section("vision_config"),
                      text = config.section("text_config");
  const SiglipShape shape{.name = "siglip",
                          .hidden = vision.integer("hidden_size", 768),
                          .heads = 0,  // no tensor's size
                          .vision_layers = vision.integer("num_hidden_layers", 12, 1, 1000),
                          .vision_mlp = vision.integer("intermediate_size", 3072),
                          .image_size = vision.integer("image_size", 224, 1, 10'000),
                          .patch_size = vision.integer("patch_size", 16, 1, 10'000),
                          .text_layers = text.integer("num_hidden_layers", 12, 1, 1000),
                          .text_mlp = text.integer("intermediate_size", 3072),
                          .positions = text.integer("max_position_embeddings", 64, 1)};
  if (text.integer("hidden_size", 768) != shape.hidden) {
    text.refuse("hidden_size", "differs from that of vision_config; random weights are not made");
  }
  return siglip_tensors(shape, text.integer("vocab_size", 32000));
}

EncoderFolder random_siglip(std::string_view name, const RandomEncoderOptions& options) {
  const SiglipShape& s = find_shape(kSiglipShapes, name);
  if (options.vocabulary.empty()) {
    fail("{} needs a SentencePiece model; give one (spiece.model) as its vocabulary", name);
  }
  const SiglipVocabulary tokens = siglip_vocabulary(options.vocabulary);
  const int64_t vocabulary = s.vocabulary == 0 ? tokens.pieces : s.vocabulary;
  if (tokens.pieces > vocabulary) {
    fail("{}: has {} pieces, which is more than {}'s {}", options.vocabulary.string(),
         tokens.pieces, name, vocabulary);
  }
  EncoderFolder folder{.kind = "SigLIP",
                       .files = tokenizer_files(tokens, s.positions),
                       .tensors = siglip_tensors(s, vocabulary)};
  folder.files.push_back(
      json_file("preprocessor_config.json", siglip_preprocessor_json(s.image_size)));
  folder.files.push_back(json_file(
      "config.json", config_json(text_config(s, vocabulary, tokens), vision_config(s), options)));
  return folder;
}

}  // namespace puente
