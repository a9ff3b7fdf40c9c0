#include "encoders/clip.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/error.h"
#include "encoders/architectures.h"
#include "encoders/layers.h"
#include "encoders/text_transformer.h"
#include "encoders/vision_transformer.h"
#include "text/clip_tokenizer.h"

namespace puente {
namespace {

template <class TowerConfig>
std::vector<TransformerBlock> tower_blocks(WeightReader& reader, const std::string& tower,
                                           const TowerConfig& config, bool quick_gelu,
                                           bool causal) {
  const BlockShape shape{.hidden = config.hidden,
                         .heads = config.heads,
                         .mlp = config.mlp,
                         .layer_norm_epsilon = config.layer_norm_epsilon,
                         .activation = quick_gelu ? Activation::quick_gelu : Activation::gelu,
                         .causal = causal};
  return read_blocks(
      reader, config.layers, [&](int64_t i) { return two_tower_names(tower, i); }, shape);
}

std::unique_ptr<ImageEncoder> load_vision(WeightReader& reader, const ClipConfig& config,
                                          const LoadRequest& request) {
  const ClipVisionConfig& v = config.vision;
  PixelRecipe recipe = read_pixel_recipe(request.folder, Processor::clip);
  check_recipe(recipe, v.image_size, request);
  const std::string name = "vision_model.", embeddings = name + "embeddings.";
  const int64_t c = v.hidden, p = v.patch_size, grid = v.image_size / p;
  VisionWeights weights;
  weights.patch_size = p;
  weights.patch = reader.linear(embeddings + "patch_embedding", std::array{c, int64_t{3}, p, p},
                                {.bias = false});
  set_positions(weights, reader.vector(embeddings + "class_embedding", c),
                reader.matrix(embeddings + "position_embedding.weight", grid * grid + 1, c));
  // transformers spells it so.
  weights.first_norm = reader.layer_norm(name + "pre_layrnorm", c, v.layer_norm_epsilon);
  weights.final_norm = reader.layer_norm(name + "post_layernorm", c, v.layer_norm_epsilon);
  weights.blocks = tower_blocks(reader, name, v, config.quick_gelu, false);
  weights.head = reader.head("visual_projection", c, config.projection, false);
  return std::make_unique<VisionTransformer>(std::move(weights), std::move(recipe),
                                             VectorFinish{request.folder, "vision", true});
}

std::unique_ptr<TextEncoder> load_text(WeightReader& reader, const ClipConfig& config,
                                       const LoadRequest& request) {
  const ClipTextConfig& t = config.text;
  auto tokenizer = std::make_unique<ClipTokenizer>(request.folder);
  check_vocabulary(*tokenizer, t.vocabulary, request);
  // See pooled_position().
  if (t.end_token != 2 && t.end_token != tokenizer->end_token()) {
    fail("{}: the tokenizer ends a text with token {}, but config.json says eos_token_id {}",
         request.folder.string(), tokenizer->end_token(), t.end_token);
  }
  const std::string name = "text_model.", embeddings = name + "embeddings.";
  TextWeights weights;
  weights.tokens = reader.matrix(embeddings + "token_embedding.weight", t.vocabulary, t.hidden);
  weights.positions =
      reader.matrix(embeddings + "position_embedding.weight", t.positions, t.hidden);
  weights.blocks = tower_blocks(reader, name, t, config.quick_gelu, true);
  weights.final_norm = reader.layer_norm(name + "final_layer_norm", t.hidden, t.layer_norm_epsilon);
  weights.length = [end = t.end_token](std::span<const int32_t> ids) {
    return pooled_position(ids, end) + 1;
  };
  weights.pool = Pool::last;
  weights.head = reader.head("text_projection", t.hidden, config.projection, false);
  return std::make_unique<TextTransformer>(std::move(weights), std::move(tokenizer),
                                           VectorFinish{request.folder, "text", true});
}

}  // namespace

int64_t pooled_position(std::span<const int32_t> ids, int64_t end_token) {
  const auto at = end_token == 2 ? std::max_element(ids.begin(), ids.end())
                                 : std::find(ids.begin(), ids.end(), end_token);
  return at == ids.end() ? 0 : at - ids.begin();
}

LoadedEncoder load_clip(const LoadRequest& request) {
  refuse_pool(request.options.image_pool, request, "--image-pool");
  refuse_pool(request.options.text_pool, request, "--text-pool");
  const ClipConfig config = read_clip_config(request.config);
  WeightReader reader(request.folder, request.options.precision);
  LoadedEncoder encoder;
  if (request.parts.image) encoder.image = load_vision(reader, config, request);
  if (request.parts.text) encoder.text = load_text(reader, config, request);
  return encoder;
}

}  // namespace puente
