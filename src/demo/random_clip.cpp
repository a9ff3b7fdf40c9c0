#include "demo/random_clip.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/rng.h"
#include "demo/random_weights.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "text/bpe.h"
#include "text/clip_files.h"

namespace puente {
namespace {

struct TokenizerFiles {
  std::vector<std::string> tokens;  // by id
  std::vector<std::pair<std::string, std::string>> merges;
  int64_t start = 0;
  int64_t end = 0;
};

TokenizerFiles byte_tokenizer() {
  TokenizerFiles files;
  files.tokens = byte_symbols_in_order();
  for (const std::string& symbol : byte_symbols_in_order()) {
    files.tokens.push_back(symbol + std::string(Bpe::kEndOfWord));
  }
  files.start = static_cast<int64_t>(files.tokens.size());
  files.tokens.push_back("<|startoftext|>");
  files.end = static_cast<int64_t>(files.tokens.size());
  files.tokens.push_back("<|endoftext|>");
  return files;
}

TokenizerFiles read_tokenizer(const std::filesystem::path& path) {
  ClipFiles read = read_clip_files(path);
  TokenizerFiles files;
  files.merges = std::move(read.merges);
  files.start = read.start;
  files.end = read.end;
  files.tokens.resize(read.vocabulary.size());
  for (const auto& [token, id] : read.vocabulary) {
    if (id < 0 || static_cast<size_t>(id) >= files.tokens.size()) {
      fail("{}: the ids of its tokens have holes; give another vocabulary", path.string());
    }
    files.tokens[static_cast<size_t>(id)] = token;
  }
  return files;
}

void write_json(const std::filesystem::path& path, const Json& json) {
  write_file(path, json.dump(2) + "\n");
}

void write_tokenizer(const std::filesystem::path& folder, const TokenizerFiles& files) {
  Json vocabulary = Json::object();
  // Not by key: an ordered object would look every key up first.
  auto& entries = vocabulary.get_ref<Json::object_t&>();
  for (size_t id = 0; id < files.tokens.size(); ++id) {
    entries.emplace_back(files.tokens[id], static_cast<int64_t>(id));
  }
  write_file(folder / "vocab.json", vocabulary.dump());
  std::string merges = "#version: 0.2\n";
  for (const auto& [left, right] : files.merges) merges += left + " " + right + "\n";
  write_file(folder / "merges.txt", merges);
}

void write_config(const std::filesystem::path& folder, const ClipConfig& c,
                  const TokenizerFiles& files) {
  const char* activation = c.quick_gelu ? "quick_gelu" : "gelu";
  const Json text = {
      {"model_type", "clip_text_model"},    {"hidden_size", c.text.hidden},
      {"num_hidden_layers", c.text.layers}, {"num_attention_heads", c.text.heads},
      {"intermediate_size", c.text.mlp},    {"projection_dim", c.projection},
      {"vocab_size", c.text.vocabulary},    {"max_position_embeddings", c.text.positions},
      {"hidden_act", activation},           {"layer_norm_eps", c.text.layer_norm_epsilon},
      {"bos_token_id", files.start},        {"eos_token_id", files.end},
      {"pad_token_id", files.end},
  };
  const Json vision = {
      {"model_type", "clip_vision_model"},
      {"hidden_size", c.vision.hidden},
      {"num_hidden_layers", c.vision.layers},
      {"num_attention_heads", c.vision.heads},
      {"intermediate_size", c.vision.mlp},
      {"projection_dim", c.projection},
      {"image_size", c.vision.image_size},
      {"patch_size", c.vision.patch_size},
      {"num_channels", 3},
      {"hidden_act", activation},
      {"layer_norm_eps", c.vision.layer_norm_epsilon},
  };
  write_json(folder / "config.json", {{"model_type", "clip"},
                                      {"architectures", {"CLIPModel"}},
                                      {"puente_untrained", true},
                                      {"projection_dim", c.projection},
                                      {"logit_scale_init_value", 2.6592},
                                      {"torch_dtype", "float32"},
                                      {"text_config", text},
                                      {"vision_config", vision}});
}

/// As openai/clip-vit-base-patch32 has it.
void write_preprocessor(const std::filesystem::path& folder, int64_t side) {
  write_json(folder / "preprocessor_config.json",
             {{"image_processor_type", "CLIPImageProcessor"},
              {"do_convert_rgb", true},
              {"do_resize", true},
              {"size", {{"shortest_edge", side}}},
              {"resample", 3},
              {"do_center_crop", true},
              {"crop_size", {{"height", side}, {"width", side}}},
              {"do_rescale", true},
              {"rescale_factor", 1.0 / 255},
              {"do_normalize", true},
              {"image_mean", {0.48145466, 0.4578275, 0.40821073}},
              {"image_std", {0.26862954, 0.26130258, 0.27577711}}});
}

void write_weights(const std::filesystem::path& folder, const ClipConfig& config,
                   const RandomClipOptions& options) {
  const std::vector<RandomTensor> tensors = clip_tensors(config);
  std::vector<TensorSpec> specs;
  for (const RandomTensor& tensor : tensors)
    specs.push_back({tensor.name, DType::kF32, tensor.shape});
  SafetensorsWriter writer(folder / "model.safetensors", specs, {{"format", "pt"}});
  std::vector<float> values(size_t{1} << 16);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const RandomTensor& tensor = tensors[i];
    Rng rng(options.seed, i);
    const bool noisy = tensor.bias_like && !tensor.shape.empty();
    const double deviation = noisy ? options.bias_noise : tensor.deviation;
    for (int64_t left = *element_count(tensor.shape); left > 0;) {
      const std::span<float> piece(values.data(),
                                   std::min(values.size(), static_cast<size_t>(left)));
      for (float& v : piece) {
        v = static_cast<float>(tensor.mean + (deviation > 0 ? deviation * rng.normal() : 0));
      }
      writer.write(piece);
      left -= static_cast<int64_t>(piece.size());
    }
  }
  writer.commit();
}

constexpr std::string_view kModelCard =
    "# Untrained: seeded random weights\n\n"
    "This folder has the form of a CLIP model, but nobody has trained it: its weights are random\n"
    "numbers (seed {}). It turns pictures and texts into vectors that mean nothing beyond how "
    "alike\n"
    "the inputs are. Use it to try puente and to measure its speed, never for results.\n";

}  // namespace

ClipConfig named_clip(std::string_view size) {
  ClipConfig c;
  c.text = {
      .hidden = 512, .layers = 12, .heads = 8, .mlp = 2048, .vocabulary = 49408, .positions = 77};
  c.vision = {
      .hidden = 768, .layers = 12, .heads = 12, .mlp = 3072, .image_size = 224, .patch_size = 32};
  c.projection = 512;
  c.untrained = true;
  if (size == "b32") return c;
  if (size == "b16") {
    c.vision.patch_size = 16;
    return c;
  }
  if (size == "l14") {
    c.text = {.hidden = 768,
              .layers = 12,
              .heads = 12,
              .mlp = 3072,
              .vocabulary = 49408,
              .positions = 77};
    c.vision = {.hidden = 1024,
                .layers = 24,
                .heads = 16,
                .mlp = 4096,
                .image_size = 224,
                .patch_size = 14};
    c.projection = 768;
    return c;
  }
  if (size == "tiny") {
    c.text = {.hidden = 32, .layers = 2, .heads = 4, .mlp = 72, .vocabulary = 514, .positions = 77};
    c.vision = {
        .hidden = 48, .layers = 3, .heads = 4, .mlp = 100, .image_size = 32, .patch_size = 8};
    c.projection = 24;
    return c;
  }
  fail("size \"{}\" is not known; known are tiny, b32, b16 and l14", size);
}

void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       const RandomClipOptions& options) {
  PUENTE_ASSERT(config.vision.hidden > 0 && config.text.hidden > 0 && config.projection > 0);
  const TokenizerFiles files =
      options.vocabulary.empty() ? byte_tokenizer() : read_tokenizer(options.vocabulary);
  if (static_cast<int64_t>(files.tokens.size()) > config.text.vocabulary) {
    fail("{}: has {} tokens, which is more than the model's {}",
         options.vocabulary.empty() ? "the byte vocabulary" : options.vocabulary.string(),
         files.tokens.size(), config.text.vocabulary);
  }
  make_output_folder(folder);
  write_tokenizer(folder, files);
  write_preprocessor(folder, config.vision.image_size);
  write_config(folder, config, files);
  write_file(folder / "README.md", fmt::format(kModelCard, options.seed));
  write_weights(folder, config, options);
}

void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       uint64_t seed) {
  write_random_clip(folder, config,
                    RandomClipOptions{.seed = seed, .vocabulary = {}, .bias_noise = 0});
}

}  // namespace puente
