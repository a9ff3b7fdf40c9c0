// The architectures that load_encoder() knows: one file each, which reads its config.json, knows
// its tensors' names and what its vectors are. Inside this room only.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "encoders/config_section.h"
#include "encoders/encoder.h"
#include "encoders/transformer_block.h"
#include "encoders/weight_reader.h"

namespace puente {

struct LoadRequest {
  std::filesystem::path folder;
  ConfigSection config;
  EncoderParts parts;  // has nothing that the architecture lacks
  EncoderSettings options;
};

struct Architecture {
  std::string_view model_type;  // in config.json
  EncoderParts parts;           // which halves it has
  LoadedEncoder (*load)(const LoadRequest& request);
  std::string_view examples = {};  // checkpoints of the kind, comma-separated
};

LoadedEncoder load_bert(const LoadRequest& request);
LoadedEncoder load_clip(const LoadRequest& request);
LoadedEncoder load_dinov2(const LoadRequest& request);
LoadedEncoder load_llama(const LoadRequest& request);
LoadedEncoder load_siglip(const LoadRequest& request);
LoadedEncoder load_vit(const LoadRequest& request);

/// The pool asked for, or `standard`. UserError if it is not one of `known`, naming those.
Pool chosen_pool(std::optional<Pool> asked, Pool standard, std::span<const Pool> known,
                 const LoadRequest& request, std::string_view option);

/// A pool, and for the pooler the layer that it is: the class token's vector through `head`.
struct PoolChoice {
  Pool pool = Pool::cls;  // cls or mean
  std::optional<PackedLinear> head = {};
  Activation head_activation = Activation::none;
};

/// chosen_pool() among cls, mean and, where the checkpoint has one, the pooler that transformers'
/// ViTModel and BertModel share: tanh(pooler.dense(class token)).
PoolChoice pool_or_pooler(std::optional<Pool> asked, Pool standard, WeightReader& reader,
                          int64_t width, const LoadRequest& request, std::string_view option);

/// A layer's sizes by the keys that most configs share; what is left out has the base models'
/// sizes.
BlockShape read_block_shape(const ConfigSection& config, float epsilon, const char* activation);

/// CLIP's and SigLIP's names; `tower` is "vision_model." or "text_model.".
BlockNames two_tower_names(const std::string& tower, int64_t layer);

/// UserError if a pool is asked for where the model's vector is what it is.
void refuse_pool(std::optional<Pool> asked, const LoadRequest& request, std::string_view option);

/// UserError if the recipe does not make square pictures of `side` pixels.
void check_recipe(const PixelRecipe& recipe, int64_t side, const LoadRequest& request);

/// UserError if the tokenizer has ids that the model has no embedding for.
void check_vocabulary(const Tokenizer& tokenizer, int64_t vocabulary, const LoadRequest& request);

}  // namespace puente
