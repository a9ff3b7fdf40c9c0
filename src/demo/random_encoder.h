// Encoders with seeded random weights, as Hugging Face lays out their folders or, of LLaMA models,
// as GGUF files: for the tests and the benchmarks, where no trained model can be had. One file per
// architecture says what its folders hold.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "demo/random_weights.h"

namespace puente {

/// "clip-b32", "dinov2-base", "bert-base" ...: the tiny ones are for tests, the others have the
/// real models' shapes.
std::vector<std::string> random_encoder_names();

/// Writes config.json, preprocessor_config.json and the tokenizer's files (those that the model
/// has), model.safetensors and README.md. Weights are normal with the deviations of transformers'
/// _init_weights. LLaMA models: see random_llama.h; only they can be written to a `path` that ends
/// in .gguf. UserError for another name, listing the known ones.
void write_random_encoder(const std::filesystem::path& path, std::string_view name,
                          const RandomEncoderOptions& options);

}  // namespace puente
