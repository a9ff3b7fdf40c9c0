// Encoder folders as Hugging Face lays them out, with seeded random weights: for the tests and the
// benchmarks, where no trained model can be had. One file per architecture says what its folders
// hold.
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
/// _init_weights. UserError for another name, listing the known ones.
void write_random_encoder(const std::filesystem::path& folder, std::string_view name,
                          const RandomEncoderOptions& options);

}  // namespace puente
