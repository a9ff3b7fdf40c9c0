// The random twin of an encoder: the same architecture and sizes, tokenizer and pixels, with seeded
// random weights in place of the trained ones, drawn as transformers would before training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace puente {

/// Whether write_random_twin() knows the architecture (config.json's model_type).
bool has_random_twin(std::string_view model_type);

/// Writes `folder`: links to the files of `encoder`, but for its weights, and a model.safetensors
/// of the shapes that its config.json says. UserError where that says what the architecture cannot
/// be, or the file cannot be written. `encoder` must outlive what is read from `folder`.
void write_random_twin(const std::filesystem::path& encoder, uint64_t seed,
                       const std::filesystem::path& folder);

}  // namespace puente
