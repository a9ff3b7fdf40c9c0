#include "encoders/llama_config.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "formats/dequantise.h"
#include "tensor/rope.h"

namespace puente {
namespace {

void check(const LlamaConfig& c, const std::string& file) {
  if (c.heads % c.key_value_heads != 0) {
    fail("{}: {} heads cannot share {} key and value heads evenly", file, c.heads,
         c.key_value_heads);
  }
  if (c.head_size < 2 || c.head_size % 2 != 0) {
    fail("{}: a head size of {} has no pairs to turn by position", file, c.head_size);
  }
}

/// Mistral's window: beyond it a token no longer sees the text's beginning, so texts stop there.
int64_t within_window(int64_t context, int64_t window) {
  return window > 0 ? std::min(context, window) : context;
}

void scale_frequencies(const ConfigSection& scaling, std::vector<double>& frequencies) {
  const std::string kind = scaling.text("rope_type", scaling.text("type", ""));
  const double factor = scaling.number("factor", 1, 1e6f);
  if (factor <= 0) scaling.refuse("factor", "must be above 0");
  if (kind == "linear") {
    for (double& frequency : frequencies) frequency /= factor;
  } else if (kind == "llama3") {
    RopeStretch s;
    s.factor = factor;
    s.low_frequency_factor = scaling.number("low_freq_factor", 1, 1e6f);
    s.high_frequency_factor = scaling.number("high_freq_factor", 4, 1e6f);
    s.original_context =
        static_cast<double>(scaling.integer("original_max_position_embeddings", 8192));
    if (!(s.high_frequency_factor > s.low_frequency_factor && s.low_frequency_factor > 0)) {
      scaling.refuse("high_freq_factor", "must be above low_freq_factor, and that above 0");
    }
    stretch(frequencies, s);
  } else if (kind != "default" && !kind.empty()) {
    scaling.refuse("type", fmt::format("is \"{}\"; known are linear and llama3", kind));
  }
}

/// A size from the metadata, where the writer might have put anything.
int64_t size_of(const GgufFile& file, const std::string& key, int64_t most = 10'000'000) {
  const int64_t value = file.metadata().integer("llama." + key);
  if (value < 1 || value > most) {
    fail("{}: llama.{} is {}, which is no size from 1 to {}", file.path().string(), key, value,
         most);
  }
  return value;
}

void scale_frequencies(const GgufFile& file, std::vector<double>& frequencies) {
  const std::string name = file.path().string();
  const auto kind = file.metadata().find_text("llama.rope.scaling.type");
  // Before the type there was the factor alone.
  const double factor =
      file.metadata()
          .find_number("llama.rope.scaling.factor")
          .value_or(file.metadata().find_number("llama.rope.scale_linear").value_or(1));
  if (kind && *kind != "none" && *kind != "linear") {
    fail("{}: llama.rope.scaling.type is \"{}\"; known are none and linear", name, *kind);
  }
  if (!(factor > 0 && factor < 1e6)) fail("{}: llama.rope.scaling.factor is {}", name, factor);
  const bool scaled = !kind || *kind == "linear";
  for (double& frequency : frequencies) frequency /= scaled ? factor : 1;
  // LLaMA 3.1's stretching comes worked out, one divisor per pair.
  if (!file.find("rope_freqs.weight")) return;
  const auto pairs = static_cast<int64_t>(frequencies.size());
  const GgufTensor& divisors = file.tensor("rope_freqs.weight", std::vector<int64_t>{pairs});
  std::vector<float> values(frequencies.size());
  dequantise(divisors.type, divisors.bytes, values);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > 0)) fail("{}: rope_freqs.weight holds {}", name, values[i]);
    frequencies[i] /= values[i];
  }
}

}  // namespace

LlamaConfig read_llama_config(const ConfigSection& config) {
  LlamaConfig c;
  c.layers = config.integer("num_hidden_layers", 32, 1, 1000);
  c.hidden = config.integer("hidden_size", 4096);
  c.heads = config.integer("num_attention_heads", 32);
  c.key_value_heads = config.integer("num_key_value_heads", c.heads);
  if (!config.find("head_dim")) check_heads(config, c.hidden, c.heads);
  c.head_size = config.integer("head_dim", c.hidden / c.heads);
  c.mlp = config.integer("intermediate_size", 11008);
  c.vocabulary = config.integer("vocab_size", 32000);
  c.context = within_window(config.integer("max_position_embeddings", 2048),
                            config.integer("sliding_window", 0, 0));
  c.epsilon = config.number("rms_norm_eps", 1e-6f);
  for (const char* key : {"attention_bias", "mlp_bias"}) {
    if (config.flag(key, false)) config.refuse(key, "is true; layers with biases are not known");
  }
  if (config.activation("hidden_act", "silu") != Activation::silu) {
    config.refuse("hidden_act", "must be silu");
  }
  check(c, config.file());
  // What transformers up to 4 writes as two keys, 5 writes as one object.
  const bool as_one = config.find("rope_parameters") != nullptr;
  const ConfigSection scaling = config.section(as_one ? "rope_parameters" : "rope_scaling");
  const float theta = (as_one ? scaling : config).number("rope_theta", 10000, 1e12f);
  c.frequencies = rope_frequencies(c.head_size, theta);
  scale_frequencies(scaling, c.frequencies);
  return c;
}

LlamaConfig read_llama_config(const GgufFile& file) {
  const GgufMetadata& metadata = file.metadata();
  const std::string name = file.path().string();
  const std::string_view architecture = metadata.text("general.architecture");
  if (architecture != "llama") {
    fail("{}: holds a model of type \"{}\"; of GGUF files, \"llama\" is known (LLaMA and Mistral)",
         name, architecture);
  }
  LlamaConfig c;
  c.layers = size_of(file, "block_count", 1000);
  c.hidden = size_of(file, "embedding_length");
  c.heads = size_of(file, "attention.head_count");
  c.key_value_heads = metadata.find_integer("llama.attention.head_count_kv")
                          ? size_of(file, "attention.head_count_kv")
                          : c.heads;
  if (metadata.find_integer("llama.attention.key_length")) {
    c.head_size = size_of(file, "attention.key_length");
  } else {
    if (c.hidden % c.heads != 0) {
      fail("{}: llama.embedding_length {} is not a multiple of llama.attention.head_count {}", name,
           c.hidden, c.heads);
    }
    c.head_size = c.hidden / c.heads;
  }
  c.mlp = size_of(file, "feed_forward_length");
  if (metadata.find_integer("llama.expert_count").value_or(0) > 0) {
    fail("{}: holds a mixture of experts, which is not known", name);
  }
  const std::vector<int64_t>& embedding = file.tensor("token_embd.weight").shape;
  if (embedding.size() != 2) fail("{}: token_embd.weight is no matrix", name);
  c.vocabulary = embedding[0];
  c.context = within_window(size_of(file, "context_length"),
                            metadata.find_integer("llama.attention.sliding_window").value_or(0));
  c.epsilon = static_cast<float>(metadata.number("llama.attention.layer_norm_rms_epsilon"));
  check(c, name);
  const int64_t turned = metadata.find_integer("llama.rope.dimension_count").value_or(c.head_size);
  if (turned != c.head_size) {
    fail("{}: turns {} of a head's {} numbers by position, which is not known", name, turned,
         c.head_size);
  }
  const double theta = metadata.find_number("llama.rope.freq_base").value_or(10000);
  if (!(theta > 1 && theta < 1e12)) fail("{}: llama.rope.freq_base is {}", name, theta);
  c.frequencies = rope_frequencies(c.head_size, theta);
  scale_frequencies(file, c.frequencies);
  return c;
}

}  // namespace puente
