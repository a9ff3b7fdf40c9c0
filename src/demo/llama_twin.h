// The random twin of a LLaMA, for write_random_twin().
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "demo/random_weights.h"
#include "encoders/config_section.h"

namespace puente {

/// The tensors of a folder of that config.json, without the map to the next token's logits, which
/// no vector needs.
std::vector<RandomTensor> llama_tensors_of(const ConfigSection& config);

/// A GGUF file with the metadata of `model` and the shapes of its tensors, in 16-bit floats;
/// without the map to the logits. What stretches the rotations stays as it is.
void write_random_gguf_twin(const std::filesystem::path& model, uint64_t seed,
                            const std::filesystem::path& twin);

}  // namespace puente
