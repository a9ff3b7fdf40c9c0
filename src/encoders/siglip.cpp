// SigLIP (Zhai et al. 2023), also MedSigLIP, as transformers' SiglipModel: a vision transformer
// whose vector an attention head pools, and a text transformer that looks both ways and reads its
// vector at the last of a fixed number of tokens, padding included.
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "encoders/architectures.h"
#include "encoders/layers.h"
#include "encoders/text_transformer.h"
#include "encoders/vision_transformer.h"
#include "text/siglip_tokenizer.h"

namespace puente {
namespace {

BlockShape read_siglip_shape(const ConfigSection& config) {
  return read_block_shape(config, 1e-6f, "gelu_pytorch_tanh");
}

std::unique_ptr<ImageEncoder> load_vision(WeightReader& reader, const LoadRequest& request) {
  const ConfigSection config = request.config.section("vision_config");
  const BlockShape shape = read_siglip_shape(config);
  const int64_t layers = config.integer("num_hidden_layers", 12, 1, 1000);
  const int64_t side = config.integer("image_size", 224, 1, 10'000);
  const int64_t p = config.integer("patch_size", 16, 1, 10'000);
  check_channels(config);
  check_patches(config, side, p);
  PixelRecipe recipe = read_pixel_recipe(request.folder, Processor::siglip);
  check_recipe(recipe, side, request);
  const std::string name = "vision_model.";
  const int64_t c = shape.hidden, grid = side / p;
  VisionWeights weights;
  weights.patch_size = p;
  weights.patch =
      reader.linear(name + "embeddings.patch_embedding", std::array{c, int64_t{3}, p, p}, {});
  weights.positions = reader.matrix(name + "embeddings.position_embedding.weight", grid * grid, c);
  weights.blocks = read_blocks(
      reader, layers, [&](int64_t i) { return two_tower_names(name, i); }, shape);
  weights.final_norm = reader.layer_norm(name + "post_layernorm", c, shape.layer_norm_epsilon);
  weights.attention_pool.emplace(reader, name + "head.", shape);
  return std::make_unique<VisionTransformer>(std::move(weights), std::move(recipe),
                                             VectorFinish{request.folder, "vision", true});
}

std::unique_ptr<TextEncoder> load_text(WeightReader& reader, const LoadRequest& request) {
  const ConfigSection config = request.config.section("text_config");
  const BlockShape shape = read_siglip_shape(config);
  const int64_t layers = config.integer("num_hidden_layers", 12, 1, 1000);
  const int64_t vocabulary = config.integer("vocab_size", 32000);
  const int64_t positions = config.integer("max_position_embeddings", 64, 1);
  auto tokenizer = std::make_unique<SiglipTokenizer>(request.folder);
  check_vocabulary(*tokenizer, vocabulary, request);
  const std::string name = "text_model.";
  const int64_t c = shape.hidden;
  TextWeights weights;
  weights.tokens = reader.matrix(name + "embeddings.token_embedding.weight", vocabulary, c);
  weights.positions = reader.matrix(name + "embeddings.position_embedding.weight", positions, c);
  weights.blocks = read_blocks(
      reader, layers, [&](int64_t i) { return two_tower_names(name, i); }, shape);
  weights.final_norm = reader.layer_norm(name + "final_layer_norm", c, shape.layer_norm_epsilon);
  weights.length = [](std::span<const int32_t> ids) { return static_cast<int64_t>(ids.size()); };
  weights.pool = Pool::last;
  weights.head = reader.head(name + "head", c, c);
  return std::make_unique<TextTransformer>(std::move(weights), std::move(tokenizer),
                                           VectorFinish{request.folder, "text", true});
}

}  // namespace

LoadedEncoder load_siglip(const LoadRequest& request) {
  refuse_pool(request.options.image_pool, request, "--image-pool");
  refuse_pool(request.options.text_pool, request, "--text-pool");
  WeightReader reader(request.folder, request.options.precision);
  LoadedEncoder encoder;
  if (request.parts.image) encoder.image = load_vision(reader, request);
  if (request.parts.text) encoder.text = load_text(reader, request);
  return encoder;
}

}  // namespace puente
