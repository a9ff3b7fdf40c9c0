// DINOv2 (Oquab et al. 2023), also with registers (Darcet et al. 2023), as transformers'
// Dinov2Model and Dinov2WithRegistersModel.
#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "base/error.h"
#include "encoders/architectures.h"
#include "encoders/layers.h"
#include "encoders/position_grid.h"
#include "encoders/vision_transformer.h"

namespace puente {
namespace {

BlockNames dinov2_block_names(int64_t layer, bool gated) {
  const std::string name = "encoder.layer." + std::to_string(layer) + ".";
  return {.norm1 = name + "norm1",
          .query = name + "attention.attention.query",
          .key = name + "attention.attention.key",
          .value = name + "attention.attention.value",
          .out = name + "attention.output.dense",
          .norm2 = name + "norm2",
          .fc1 = name + (gated ? "mlp.weights_in" : "mlp.fc1"),
          .fc2 = name + (gated ? "mlp.weights_out" : "mlp.fc2"),
          .scale1 = name + "layer_scale1.lambda1",
          .scale2 = name + "layer_scale2.lambda1"};
}

/// Meta's way, which is transformers' too, except for a folder that a transformers from 4.45 on has
/// written: that one interpolates plainly.
GridResize resize_of(const ConfigSection& config) {
  if (config.text("model_type", "") == "dinov2_with_registers") return GridResize::antialias;
  const std::string version = config.text("transformers_version", "");
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) return GridResize::offset;
  return std::pair(major, minor) >= std::pair(4, 45) ? GridResize::plain : GridResize::offset;
}

BlockShape read_dinov2_shape(const ConfigSection& config) {
  BlockShape shape;
  shape.hidden = config.integer("hidden_size", 768);
  shape.heads = config.integer("num_attention_heads", 12);
  const auto wide =
      static_cast<int64_t>(static_cast<float>(shape.hidden) * config.number("mlp_ratio", 4, 100));
  shape.gated = config.flag("use_swiglu_ffn", false);
  // As DINOv2 has it: two thirds of the plain layer's width, rounded up to eight.
  shape.mlp = shape.gated ? (wide * 2 / 3 + 7) / 8 * 8 : wide;
  if (shape.mlp < 1) config.refuse("mlp_ratio", "is too small");
  shape.layer_norm_epsilon = config.number("layer_norm_eps", 1e-6f);
  shape.activation = config.activation("hidden_act", "gelu");
  shape.query_bias = config.flag("qkv_bias", true);
  check_heads(config, shape.hidden, shape.heads);
  check_channels(config);
  return shape;
}

}  // namespace

LoadedEncoder load_dinov2(const LoadRequest& request) {
  const ConfigSection& config = request.config;
  const BlockShape shape = read_dinov2_shape(config);
  const bool with_registers = config.text("model_type", "") == "dinov2_with_registers";
  const int64_t layers = config.integer("num_hidden_layers", 12, 1, 1000);
  const int64_t side = config.integer("image_size", 224, 1, 10'000);
  const int64_t p = config.integer("patch_size", with_registers ? 16 : 14, 1, 10'000);
  const int64_t registers = with_registers ? config.integer("num_register_tokens", 4, 0, 1000) : 0;
  check_patches(config, side, p);
  PixelRecipe recipe = read_pixel_recipe(request.folder, Processor::bit);
  if (recipe.width() != recipe.height() || recipe.width() % p != 0) {
    fail(
        "{}: preprocessor_config.json makes pictures of {}x{} pixels; a square whose side is a "
        "multiple of patch_size {} is needed",
        request.folder.string(), recipe.width(), recipe.height(), p);
  }
  const Pool pool = chosen_pool(request.options.image_pool, Pool::cls,
                                std::array{Pool::cls, Pool::mean}, request, "--image-pool");

  const int64_t c = shape.hidden, trained = side / p, grid = recipe.width() / p;
  WeightReader reader(request.folder, request.options.precision);
  reader.allow_prefix(with_registers ? "dinov2_with_registers." : "dinov2.",
                      "embeddings.cls_token");
  VisionWeights weights;
  weights.patch_size = p;
  weights.patch =
      reader.linear("embeddings.patch_embeddings.projection", std::array{c, int64_t{3}, p, p}, {});
  set_positions(
      weights, reader.matrix("embeddings.cls_token", std::array<int64_t, 3>{1, 1, c}).row_span(0),
      reader.matrix("embeddings.position_embeddings",
                    std::array<int64_t, 3>{1, trained * trained + 1, c}),
      registers > 0
          ? reader.matrix("embeddings.register_tokens", std::array<int64_t, 3>{1, registers, c})
          : Matrix());
  weights.positions = resize_grid(weights.positions, trained, grid, resize_of(config));
  weights.blocks = read_blocks(
      reader, layers, [&](int64_t i) { return dinov2_block_names(i, shape.gated); }, shape);
  weights.final_norm = reader.layer_norm("layernorm", c, shape.layer_norm_epsilon);
  weights.pool = pool;
  LoadedEncoder encoder;
  encoder.image = std::make_unique<VisionTransformer>(
      std::move(weights), std::move(recipe),
      VectorFinish{request.folder, "vision", request.options.normalise});
  return encoder;
}

}  // namespace puente
