// A random LLaMA as a Hugging Face folder.
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "base/error.h"
#include "demo/encoder_folder.h"
#include "demo/llama_files.h"
#include "demo/narrow.h"
#include "demo/random_llama3_vocabulary.h"
#include "formats/safetensors.h"

namespace puente {
namespace {

// LlamaConfig's.
const Json& default_config() {
  static const Json json = {{"attention_bias", false},      {"hidden_act", "silu"},
                            {"initializer_range", 0.02},    {"pretraining_tp", 1},
                            {"rope_scaling", nullptr},      {"rope_theta", kLlamaRopeBase},
                            {"tie_word_embeddings", false}, {"use_cache", true}};
  return json;
}

Json config_json(const RandomLlama& model, const RandomEncoderOptions& options) {
  const LlamaShape& s = model.shape;
  Json config = {{"architectures", {"LlamaForCausalLM"}},
                 {"bos_token_id", model.begin},
                 {"eos_token_id", model.end},
                 {"hidden_size", s.hidden},
                 {"intermediate_size", s.mlp},
                 {"max_position_embeddings", s.context},
                 {"model_type", "llama"},
                 {"num_attention_heads", s.heads},
                 {"num_hidden_layers", s.layers},
                 {"puente_untrained", true},
                 {"rms_norm_eps", 1e-5},
                 {"torch_dtype", torch_dtype(options.dtype)},
                 {"vocab_size", model.vocabulary}};
  // Absent, it is the number of heads.
  if (!options.quirks || s.key_value_heads != s.heads) {
    config["num_key_value_heads"] = s.key_value_heads;
  }
  if (!options.quirks) config.update(default_config());
  if (s.third) {
    config.erase("eos_token_id");
    config["bos_token_id"] = model.tokens.start.value_or(0);
    config["rope_theta"] = kLlama3RopeBase;
    config["rope_scaling"] = {
        {"factor", kLlama3Stretch.factor},
        {"low_freq_factor", kLlama3Stretch.low_frequency_factor},
        {"high_freq_factor", kLlama3Stretch.high_frequency_factor},
        {"original_max_position_embeddings", static_cast<int64_t>(kLlama3Stretch.original_context)},
        {"rope_type", "llama3"}};
  }
  return config;
}

Json special_token(const char* content) {
  return {{"content", content},
          {"lstrip", false},
          {"normalized", false},
          {"rstrip", false},
          {"single_word", false}};
}

std::vector<NamedFile> tokenizer_files(const RandomLlama& model) {
  if (model.shape.third) return {tokenizer_file(model.tokens)};
  const Json begin = special_token("<s>"), end = special_token("</s>"),
             unknown = special_token("<unk>");
  Json added = {{std::to_string(model.unknown), unknown},
                {std::to_string(model.begin), begin},
                {std::to_string(model.end), end}};
  for (auto& [id, token] : added.items()) token["special"] = true;
  const Json config = {{"add_bos_token", true},
                       {"add_eos_token", false},
                       {"added_tokens_decoder", added},
                       {"bos_token", "<s>"},
                       {"clean_up_tokenization_spaces", false},
                       {"eos_token", "</s>"},
                       {"legacy", false},
                       {"model_max_length", model.shape.context},
                       {"pad_token", nullptr},
                       {"sp_model_kwargs", Json::object()},
                       {"tokenizer_class", "LlamaTokenizer"},
                       {"unk_token", "<unk>"}};
  return {{"tokenizer.model", model.pieces.bytes},
          json_file("tokenizer_config.json", config),
          json_file("special_tokens_map.json",
                    {{"bos_token", begin}, {"eos_token", end}, {"unk_token", unknown}})};
}

std::string frequencies_name(int64_t layer) {
  return fmt::format("model.layers.{}.self_attn.rotary_emb.inv_freq", layer);
}

/// How fast each pair of a head's channels turns.
std::vector<float> frequencies(int64_t head_size) {
  std::vector<float> values(static_cast<size_t>(head_size / 2));
  for (size_t i = 0; i < values.size(); ++i) {
    const double part = static_cast<double>(2 * i) / static_cast<double>(head_size);
    values[i] = static_cast<float>(std::pow(static_cast<double>(kLlamaRopeBase), -part));
  }
  return values;
}

void write_rows(SafetensorsWriter& writer, const LlamaTensor& tensor, const LlamaRows& rows,
                DType dtype) {
  std::vector<float> floats(static_cast<size_t>(tensor.row_size()));
  for (int64_t row = 0; row < tensor.rows(); ++row) {
    rows.floats(tensor.gguf_row(row), floats);
    write_rounded(writer, floats, dtype);
  }
}

}  // namespace

void write_llama_folder(const std::filesystem::path& folder, const RandomLlama& model,
                        const RandomEncoderOptions& options) {
  EncoderFolder files{.kind = "LLaMA", .files = tokenizer_files(model)};
  files.files.push_back(json_file("config.json", config_json(model, options)));
  write_encoder_files(folder, files, options);

  std::vector<TensorSpec> specs;
  for (const LlamaTensor& tensor : model.tensors) {
    specs.push_back({tensor.folder, options.dtype, tensor.shape});
  }
  const std::vector<float> turns = frequencies(model.shape.head_size());
  const int64_t old_layers = options.quirks ? model.shape.layers : 0;
  for (int64_t i = 0; i < old_layers; ++i) {
    specs.push_back({frequencies_name(i), DType::kF32, {static_cast<int64_t>(turns.size())}});
  }
  SafetensorsWriter writer(folder / "model.safetensors", specs, {{"format", "pt"}});
  for (size_t i = 0; i < model.tensors.size(); ++i) {
    write_rows(writer, model.tensors[i], LlamaRows(model.tensors[i], i, options), options.dtype);
  }
  for (int64_t i = 0; i < old_layers; ++i) writer.write(turns);
  writer.commit();
}

}  // namespace puente
