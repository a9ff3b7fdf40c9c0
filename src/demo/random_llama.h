// LLaMA models with random weights, as a GGUF file or as a Hugging Face folder.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "demo/random_weights.h"

namespace puente {

/// "llama-tiny" (for tests; its MLP is no multiple of a block wide), "llama-3-tiny" (the same as a
/// LLaMA-3.1), "llama-1.1b" (TinyLlama) and "llama-2-7b".
std::vector<std::string> llama_names();

/// A `path` that ends in .gguf becomes one file, which llama.cpp reads too; any other a folder:
/// config.json, tokenizer.model with its settings, model.safetensors and README.md.
///
/// options.vocabulary: a LLaMA's tokenizer.model or a folder with one; UserError without. Of a
/// LLaMA-3 its tokenizer.json or a folder with one, else bytes.
/// options.gguf_type: the type of a GGUF's matrices; those whose rows are no whole blocks, and the
/// norms, are F32. Q8_0 and F32 hold the folder's weights exactly.
/// options.outliers: 0.1 % of the channels that go into every linear layer are 50 times larger.
/// options.quirks (folders): as the first LLaMA-2 folders, config.json leaves out what is as
/// transformers' LlamaConfig has it by default, and every layer has its rotary_emb.inv_freq.
void write_random_llama(const std::filesystem::path& path, std::string_view name,
                        const RandomEncoderOptions& options);

}  // namespace puente
