#include "demo/random_dinov2.h"

#include "demo/shapes.h"

namespace puente {
namespace {

struct Dinov2Shape {
  std::string_view name;
  int64_t layers, hidden, heads;
  int64_t registers = 0;
  bool swiglu = false;
  int64_t image_size = 518;  // what the position embeddings are made for: 37 x 37 patches
  int64_t resize = 256, crop = 224;
  int64_t patch = 14;
  double mlp_ratio = 4, layer_scale = 1;
  double deviation = kUsualDeviation;
};

/// Pictures of 3 x 3 patches, positions for 5 x 5.
constexpr Dinov2Shape tiny(std::string_view name, int64_t hidden, int64_t registers, bool swiglu) {
  return {.name = name,
          .layers = 3,
          .hidden = hidden,
          .heads = 4,
          .registers = registers,
          .swiglu = swiglu,
          .image_size = 70,
          .resize = 48,
          .crop = 42,
          .deviation = kNarrowDeviation};
}

constexpr Dinov2Shape kDinov2Shapes[] = {
    tiny("dinov2-tiny", 48, 0, false),
    tiny("dinov2-tiny-registers", 48, 4, false),
    tiny("dinov2-tiny-swiglu", 40, 0, true),
    {.name = "dinov2-small", .layers = 12, .hidden = 384, .heads = 6},
    {.name = "dinov2-base", .layers = 12, .hidden = 768, .heads = 12},
    {.name = "dinov2-large", .layers = 24, .hidden = 1024, .heads = 16},
    {.name = "dinov2-giant", .layers = 40, .hidden = 1536, .heads = 24, .swiglu = true},
    {.name = "dinov2-base-registers", .layers = 12, .hidden = 768, .heads = 12, .registers = 4},
};

Json config_json(const Dinov2Shape& s, const RandomEncoderOptions& options) {
  const bool registers = s.registers > 0;
  Json stages = Json::array({"stem"});
  for (int64_t i = 1; i <= s.layers; ++i) stages.push_back("stage" + std::to_string(i));
  Json json = {
      {"apply_layernorm", true},
      {"architectures", {registers ? "Dinov2WithRegistersModel" : "Dinov2Model"}},
      {"puente_untrained", true},
      {"attention_probs_dropout_prob", 0.0},
      {"drop_path_rate", 0.0},
      {"hidden_act", "gelu"},
      {"hidden_dropout_prob", 0.0},
      {"hidden_size", s.hidden},
      {"image_size", s.image_size},
      {"initializer_range", s.deviation},
      {"layer_norm_eps", 1e-6},
      {"layerscale_value", 1.0},
      {"mlp_ratio", static_cast<int64_t>(s.mlp_ratio)},
      {"model_type", registers ? "dinov2_with_registers" : "dinov2"},
      {"num_attention_heads", s.heads},
      {"num_channels", 3},
      {"num_hidden_layers", s.layers},
  };
  if (registers) json["num_register_tokens"] = s.registers;
  json["out_features"] = Json::array({stages.back()});
  json["out_indices"] = Json::array({s.layers});
  json["patch_size"] = s.patch;
  json["qkv_bias"] = true;
  json["reshape_hidden_states"] = true;
  json["stage_names"] = stages;
  json["torch_dtype"] = torch_dtype(options.dtype);
  json["use_swiglu_ffn"] = s.swiglu;
  return json;
}

Json dinov2_preprocessor_json(const Dinov2Shape& s) {
  return {{"crop_size", {{"height", s.crop}, {"width", s.crop}}},
          {"do_center_crop", true},
          {"do_convert_rgb", true},
          {"do_normalize", true},
          {"do_rescale", true},
          {"do_resize", true},
          {"image_mean", {0.485, 0.456, 0.406}},
          {"image_processor_type", "BitImageProcessor"},
          {"image_std", {0.229, 0.224, 0.225}},
          {"resample", 3},
          {"rescale_factor", 1.0 / 255},
          {"size", {{"shortest_edge", s.resize}}}};
}

int64_t mlp_width(const Dinov2Shape& s) {
  const auto wide = static_cast<int64_t>(static_cast<double>(s.hidden) * s.mlp_ratio);
  // Two thirds of the usual width, rounded up to a multiple of 8.
  return s.swiglu ? (wide * 2 / 3 + 7) / 8 * 8 : wide;
}

void add_layer(TensorList& list, const std::string& name, const Dinov2Shape& s) {
  list.layer_norm(name + "norm1", s.hidden);
  for (const char* part : {"query", "key", "value"}) {
    list.linear(name + "attention.attention." + part, s.hidden, s.hidden, s.deviation);
  }
  list.linear(name + "attention.output.dense", s.hidden, s.hidden, s.deviation);
  list.constant(name + "layer_scale1.lambda1", {s.hidden}, s.layer_scale);
  list.layer_norm(name + "norm2", s.hidden);
  const int64_t width = mlp_width(s);
  if (s.swiglu) {
    list.linear(name + "mlp.weights_in", s.hidden, 2 * width, s.deviation);
    list.linear(name + "mlp.weights_out", width, s.hidden, s.deviation);
  } else {
    list.linear(name + "mlp.fc1", s.hidden, width, s.deviation);
    list.linear(name + "mlp.fc2", width, s.hidden, s.deviation);
  }
  list.constant(name + "layer_scale2.lambda1", {s.hidden}, s.layer_scale);
}

std::vector<RandomTensor> dinov2_tensors(const Dinov2Shape& s) {
  TensorList list;
  const int64_t grid = s.image_size / s.patch;
  list.weight("embeddings.cls_token", {1, 1, s.hidden}, s.deviation);
  list.constant("embeddings.mask_token", {1, s.hidden}, 0);
  if (s.registers > 0) {
    list.constant("embeddings.register_tokens", {1, s.registers, s.hidden}, 0);
  }
  list.weight("embeddings.position_embeddings", {1, grid * grid + 1, s.hidden}, s.deviation);
  list.patches("embeddings.patch_embeddings.projection", s.hidden, s.patch, s.deviation, true);
  for (int64_t i = 0; i < s.layers; ++i) {
    add_layer(list, "encoder.layer." + std::to_string(i) + ".", s);
  }
  list.layer_norm("layernorm", s.hidden);
  return list.take();
}

}  // namespace

std::vector<std::string> dinov2_names() { return shape_names(kDinov2Shapes); }

std::vector<RandomTensor> dinov2_tensors_of(const ConfigSection& config) {
  const bool registers = config.text("model_type", "") == "dinov2_with_registers";
  return dinov2_tensors(
      {.name = "dinov2",
       .layers = config.integer("num_hidden_layers", 12, 1, 1000),
       .hidden = config.integer("hidden_size", 768),
       .heads = 0,  // no tensor's size
       .registers = registers ? config.integer("num_register_tokens", 4, 0, 1000) : 0,
       .swiglu = config.flag("use_swiglu_ffn", false),
       .image_size = config.integer("image_size", 224, 1, 10'000),
       .patch = config.integer("patch_size", registers ? 16 : 14, 1, 10'000),
       .mlp_ratio = static_cast<double>(config.number("mlp_ratio", 4, 100)),
       .layer_scale = static_cast<double>(config.number("layerscale_value", 1)),
       .deviation = initializer_range(config)});
}

EncoderFolder random_dinov2(std::string_view name, const RandomEncoderOptions& options) {
  const Dinov2Shape& s = find_shape(kDinov2Shapes, name);
  refuse_vocabulary(name, options);
  return {.kind = s.registers > 0 ? "DINOv2 (with registers)" : "DINOv2",
          .files = {json_file("config.json", config_json(s, options)),
                    json_file("preprocessor_config.json", dinov2_preprocessor_json(s))},
          .tensors = dinov2_tensors(s)};
}

}  // namespace puente
