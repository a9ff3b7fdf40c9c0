// LlamaConfig: the sizes of a LLaMA-like model (LLaMA 1 to 3, Mistral), from the config.json of a
// Hugging Face folder or from a GGUF file's metadata.
//
// Letters: C hidden, H heads, G key and value heads (each serves H / G query heads), D head size.
#pragma once

#include <cstdint>
#include <vector>

#include "encoders/config_section.h"
#include "formats/gguf.h"

namespace puente {

struct LlamaConfig {
  int64_t layers = 0;
  int64_t hidden = 0;           // C
  int64_t heads = 0;            // H
  int64_t key_value_heads = 0;  // G
  int64_t head_size = 0;        // D; H * D need not be C
  int64_t mlp = 0;
  int64_t vocabulary = 0;
  int64_t context = 0;  // most tokens of a text
  float epsilon = 1e-6f;
  std::vector<double> frequencies;  // rotary, [D / 2]; tensor/rope.h

  int64_t query_size() const { return heads * head_size; }
  int64_t key_value_size() const { return key_value_heads * head_size; }
  /// Weights of a layer's linear maps.
  int64_t attention_weights() const { return hidden * 2 * (query_size() + key_value_size()); }
  int64_t mlp_weights() const { return hidden * 3 * mlp; }
};

/// UserError names the file and the key: a size that is missing or does not fit the others, a way
/// of scaling positions that is not known (linear and llama3 are), experts, biases.
LlamaConfig read_llama_config(const ConfigSection& config);
LlamaConfig read_llama_config(const GgufFile& file);

}  // namespace puente
