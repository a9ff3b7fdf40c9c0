// ViT (Dosovitskiy et al. 2021) as transformers' ViTModel: google/vit-base-patch16-224 and its
// like.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "encoders/architectures.h"
#include "encoders/layers.h"
#include "encoders/vision_transformer.h"
#include "tensor/elementwise.h"

namespace puente {
namespace {

BlockNames block_names(int64_t layer) {
  const std::string name = "encoder.layer." + std::to_string(layer) + ".";
  return {.norm1 = name + "layernorm_before",
          .query = name + "attention.attention.query",
          .key = name + "attention.attention.key",
          .value = name + "attention.attention.value",
          .out = name + "attention.output.dense",
          .norm2 = name + "layernorm_after",
          .fc1 = name + "intermediate.dense",
          .fc2 = name + "output.dense",
          .scale1 = "",
          .scale2 = ""};
}

}  // namespace

LoadedEncoder load_vit(const LoadRequest& request) {
  const ConfigSection& config = request.config;
  BlockShape shape;
  shape.hidden = config.integer("hidden_size", 768);
  shape.heads = config.integer("num_attention_heads", 12);
  shape.mlp = config.integer("intermediate_size", 3072);
  shape.layer_norm_epsilon = config.number("layer_norm_eps", 1e-12f);
  shape.activation = config.activation("hidden_act", "gelu");
  shape.query_bias = config.flag("qkv_bias", true);
  const int64_t layers = config.integer("num_hidden_layers", 12, 1, 1000);
  const int64_t side = config.integer("image_size", 224, 1, 10'000);
  const int64_t p = config.integer("patch_size", 16, 1, 10'000);
  check_heads(config, shape.hidden, shape.heads);
  check_channels(config);
  check_patches(config, side, p);
  PixelRecipe recipe = read_pixel_recipe(request.folder, Processor::vit);
  check_recipe(recipe, side, request);

  const int64_t c = shape.hidden, grid = side / p;
  WeightReader reader(request.folder, request.options.precision);
  reader.allow_prefix("vit.", "embeddings.cls_token");
  VisionWeights weights;
  weights.patch_size = p;
  weights.patch =
      reader.linear("embeddings.patch_embeddings.projection", std::array{c, int64_t{3}, p, p}, {});
  const Matrix positions = reader.matrix("embeddings.position_embeddings",
                                         std::array<int64_t, 3>{1, grid * grid + 1, c});
  weights.prefix = reader.matrix("embeddings.cls_token", std::array<int64_t, 3>{1, 1, c});
  add(weights.prefix.row_span(0), positions.row_span(0), weights.prefix.row_span(0));
  weights.positions = Matrix(grid * grid, c);
  std::copy_n(positions.row(1), grid * grid * c, weights.positions.data());
  weights.blocks = read_blocks(
      reader, layers, [](int64_t i) { return block_names(i); }, shape);
  weights.final_norm = reader.layer_norm("layernorm", c, shape.layer_norm_epsilon);

  static constexpr std::array kAll = {Pool::cls, Pool::mean, Pool::pooler};
  static constexpr std::array kWithoutPooler = {Pool::cls, Pool::mean};
  const bool has_pooler = reader.has("pooler.dense.weight");
  const Pool pool =
      chosen_pool(request.options.image_pool, Pool::cls,
                  has_pooler ? std::span<const Pool>(kAll) : std::span<const Pool>(kWithoutPooler),
                  request, "--image-pool");
  weights.pool = pool == Pool::mean ? Pool::mean : Pool::cls;
  if (pool == Pool::pooler) {
    weights.head = reader.head("pooler.dense", c, c);
    weights.head_activation = Activation::tanh;
  }
  LoadedEncoder encoder;
  encoder.image = std::make_unique<VisionTransformer>(
      std::move(weights), std::move(recipe),
      VectorFinish{request.folder, "vision", request.options.normalise});
  return encoder;
}

}  // namespace puente
