// The random twin of an encoder: the same architecture and sizes, tokenizer and pixels, with seeded
// random weights in place of the trained ones, drawn as transformers would before training.
#pragma once

#include <cstdint>
#include <filesystem>

namespace puente {

/// Writes `folder`: links to the files of `encoder`, but for its weights, and a model.safetensors
/// of the shapes that its config.json says; of a GGUF file, a GGUF file. LLaMAs have 16-bit floats.
/// Returns what to load, the folder or the file in it. UserError where config.json says what the
/// architecture cannot be, or the file cannot be written. `encoder` must outlive what is read from
/// the twin.
std::filesystem::path write_random_twin(const std::filesystem::path& encoder, uint64_t seed,
                                        const std::filesystem::path& folder);

}  // namespace puente
