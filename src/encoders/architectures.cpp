#include "encoders/architectures.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "encoders/known_architectures.h"
#include "encoders/llama.h"

namespace puente {
namespace {

struct PoolName {
  Pool pool;
  std::string_view name;
};
constexpr std::array kPoolNames = {PoolName{Pool::cls, "cls"}, PoolName{Pool::mean, "mean"},
                                   PoolName{Pool::pooler, "pooler"}, PoolName{Pool::last, "last"}};

constexpr EncoderParts kBoth{.image = true, .text = true};
constexpr EncoderParts kImage{.image = true, .text = false};
constexpr EncoderParts kText{.image = false, .text = true};

constexpr std::array kArchitectures = {
    Architecture{"bert", kText, load_bert,
                 "google-bert/bert-base-uncased, sentence-transformers/all-MiniLM-L6-v2"},
    Architecture{"clip", kBoth, load_clip,
                 "openai/clip-vit-base-patch32, openai/clip-vit-large-patch14"},
    Architecture{"dinov2", kImage, load_dinov2, "facebook/dinov2-base, facebook/dinov2-large"},
    Architecture{"dinov2_with_registers", kImage, load_dinov2,
                 "facebook/dinov2-with-registers-base"},
    Architecture{"llama", kText, load_llama, "meta-llama/Llama-2-7b-hf, a .gguf file of one"},
    Architecture{"mistral", kText, load_llama, "mistralai/Mistral-7B-v0.1"},
    Architecture{"siglip", kBoth, load_siglip,
                 "google/siglip-base-patch16-224, google/siglip-large-patch16-256"},
    Architecture{"vit", kImage, load_vit,
                 "google/vit-base-patch16-224, google/vit-base-patch16-224-in21k"},
};

const Architecture& architecture_of(const ConfigSection& config) {
  const std::string type = config.text("model_type", "");
  std::string names;
  for (const Architecture& known : kArchitectures) {
    if (known.model_type == type) return known;
    names += (names.empty() ? "" : ", ") + std::string(known.model_type);
  }
  fail("{}: {}; the known kinds of encoder are {}", config.file(),
       type.empty() ? "has no model_type" : "describes a model of type \"" + type + "\"", names);
}

LoadedEncoder load_gguf(const std::filesystem::path& file, EncoderParts parts,
                        const EncoderSettings& options) {
  if (parts.image)
    fail("{}: a GGUF file is a text encoder; give it as --text-encoder", file.string());
  auto llama = std::make_unique<LlamaEncoder>(file, options);
  LoadedEncoder encoder;
  encoder.architecture = "llama";
  encoder.untrained = llama->untrained();
  encoder.text = std::move(llama);
  return encoder;
}

}  // namespace

Pool pool_from_name(std::string_view name) {
  for (const PoolName& known : kPoolNames) {
    if (known.name == name) return known.pool;
  }
  fail("'{}' is not a way of pooling; known are cls, mean, pooler and last", name);
}

std::string_view name_of(Pool pool) {
  for (const PoolName& known : kPoolNames) {
    if (known.pool == pool) return known.name;
  }
  return "";
}

std::vector<KnownArchitecture> known_architectures() {
  std::vector<KnownArchitecture> known;
  for (const Architecture& a : kArchitectures) known.push_back({a.model_type, a.parts, a.examples});
  return known;
}

Pool chosen_pool(std::optional<Pool> asked, Pool standard, std::span<const Pool> known,
                 const LoadRequest& request, std::string_view option) {
  if (!asked || std::find(known.begin(), known.end(), *asked) != known.end()) {
    return asked.value_or(standard);
  }
  std::string names;
  for (const Pool pool : known) {
    names += (names.empty() ? "" : ", ") + std::string(name_of(pool));
  }
  fail("{}: a {} model has no vector {} {}; it has {}", request.folder.string(),
       request.config.text("model_type", ""), option, name_of(*asked), names);
}

void refuse_pool(std::optional<Pool> asked, const LoadRequest& request, std::string_view option) {
  if (!asked) return;
  fail("{}: the vector of a {} model is its own projection; leave {} out", request.folder.string(),
       request.config.text("model_type", ""), option);
}

PoolChoice pool_or_pooler(std::optional<Pool> asked, Pool standard, WeightReader& reader,
                          int64_t width, const LoadRequest& request, std::string_view option) {
  std::vector<Pool> known = {Pool::cls, Pool::mean};
  if (reader.has("pooler.dense.weight")) known.push_back(Pool::pooler);
  PoolChoice choice{chosen_pool(asked, standard, known, request, option)};
  if (choice.pool == Pool::pooler) {
    choice = {Pool::cls, reader.head("pooler.dense", width, width), Activation::tanh};
  }
  return choice;
}

BlockShape read_block_shape(const ConfigSection& config, float epsilon, const char* activation) {
  BlockShape shape;
  shape.hidden = config.integer("hidden_size", 768);
  shape.heads = config.integer("num_attention_heads", 12);
  shape.mlp = config.integer("intermediate_size", 3072);
  shape.layer_norm_epsilon = config.number("layer_norm_eps", epsilon);
  shape.activation = config.activation("hidden_act", activation);
  check_heads(config, shape.hidden, shape.heads);
  return shape;
}

BlockNames two_tower_names(const std::string& tower, int64_t layer) {
  const std::string name = tower + "encoder.layers." + std::to_string(layer) + ".";
  return {.norm1 = name + "layer_norm1",
          .query = name + "self_attn.q_proj",
          .key = name + "self_attn.k_proj",
          .value = name + "self_attn.v_proj",
          .out = name + "self_attn.out_proj",
          .norm2 = name + "layer_norm2",
          .fc1 = name + "mlp.fc1",
          .fc2 = name + "mlp.fc2",
          .scale1 = "",
          .scale2 = ""};
}

void check_recipe(const PixelRecipe& recipe, int64_t side, const LoadRequest& request) {
  if (recipe.height() == side && recipe.width() == side) return;
  fail("{}: preprocessor_config.json makes pictures of {}x{} pixels, but config.json says {}x{}",
       request.folder.string(), recipe.width(), recipe.height(), side, side);
}

void check_vocabulary(const Tokenizer& tokenizer, int64_t vocabulary, const LoadRequest& request) {
  if (tokenizer.vocabulary_size() <= vocabulary) return;
  fail("{}: the tokenizer has {} tokens, but config.json says vocab_size {}",
       request.folder.string(), tokenizer.vocabulary_size(), vocabulary);
}

LoadedEncoder load_llama(const LoadRequest& request) {
  LoadedEncoder encoder;
  encoder.text = std::make_unique<LlamaEncoder>(request.folder, request.options);
  return encoder;
}

EncoderParts encoder_parts(const std::filesystem::path& folder) {
  if (is_gguf(folder)) return kText;
  return architecture_of(ConfigSection::read(folder)).parts;
}

LoadedEncoder load_encoder(const std::filesystem::path& folder, EncoderParts parts,
                           const EncoderSettings& options) {
  if (is_gguf(folder)) return load_gguf(folder, parts, options);
  ConfigSection config = ConfigSection::read(folder);
  const Architecture& architecture = architecture_of(config);
  const auto require = [&](bool asked, bool has, const char* half) {
    if (!asked || has) return;
    fail("{}: a {} model has no {} half", folder.string(), architecture.model_type, half);
  };
  require(parts.image, architecture.parts.image, "image");
  require(parts.text, architecture.parts.text, "text");
  const bool untrained = config.flag("puente_untrained", false);
  LoadedEncoder encoder = architecture.load({folder, std::move(config), parts, options});
  encoder.architecture = architecture.model_type;
  encoder.untrained = untrained;
  return encoder;
}

}  // namespace puente
