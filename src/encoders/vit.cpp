// ViT (Dosovitskiy et al. 2021) as transformers' ViTModel: google/vit-base-patch16-224 and its
// like.
#include <array>
#include <string>
#include <utility>

#include "encoders/architectures.h"
#include "encoders/layers.h"
#include "encoders/vision_transformer.h"
#include "encoders/vit_config.h"

namespace puente {

VitConfig read_vit_config(const ConfigSection& config) {
  VitConfig vit;
  vit.block = read_block_shape(config, 1e-12f, "gelu");
  vit.block.query_bias = config.flag("qkv_bias", true);
  vit.layers = config.integer("num_hidden_layers", vit.layers, 1, 1000);
  vit.side = config.integer("image_size", vit.side, 1, 10'000);
  vit.patch = config.integer("patch_size", vit.patch, 1, 10'000);
  check_channels(config);
  check_patches(config, vit.side, vit.patch);
  return vit;
}

BlockNames vit_block_names(int64_t layer) {
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

LoadedEncoder load_vit(const LoadRequest& request) {
  const VitConfig vit = read_vit_config(request.config);
  PixelRecipe recipe = read_pixel_recipe(request.folder, Processor::vit);
  check_recipe(recipe, vit.side, request);

  const int64_t c = vit.block.hidden, p = vit.patch, grid = vit.grid();
  WeightReader reader(request.folder, request.options.precision);
  reader.allow_prefix("vit.", "embeddings.cls_token");
  VisionWeights weights;
  weights.patch_size = p;
  weights.patch =
      reader.linear("embeddings.patch_embeddings.projection", std::array{c, int64_t{3}, p, p}, {});
  set_positions(weights,
                reader.matrix("embeddings.cls_token", std::array<int64_t, 3>{1, 1, c}).row_span(0),
                reader.matrix("embeddings.position_embeddings",
                              std::array<int64_t, 3>{1, grid * grid + 1, c}));
  weights.blocks = read_blocks(reader, vit.layers, vit_block_names, vit.block);
  weights.final_norm = reader.layer_norm("layernorm", c, vit.block.layer_norm_epsilon);

  PoolChoice choice =
      pool_or_pooler(request.options.image_pool, Pool::cls, reader, c, request, "--image-pool");
  weights.pool = choice.pool;
  weights.head = std::move(choice.head);
  weights.head_activation = choice.head_activation;
  LoadedEncoder encoder;
  encoder.image = std::make_unique<VisionTransformer>(
      std::move(weights), std::move(recipe),
      VectorFinish{request.folder, "vision", request.options.normalise});
  return encoder;
}

}  // namespace puente
