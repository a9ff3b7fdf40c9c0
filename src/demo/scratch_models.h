// A small ViT and a small BERT with random weights, to be trained from nothing: where there is no
// trained model, and to see what training alone can learn.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace puente {

/// A WordPiece vocabulary that writes all of `texts`: the special tokens, every character that
/// occurs, alone and as the rest of a word, and the words that occur twice, as BERT cuts them.
std::vector<std::string> wordpiece_vocabulary(std::span<const std::string> texts);

/// Folders as Hugging Face ships them. Pictures of 64 x 64, patches of 8 x 8, 128 numbers per
/// token, 4 layers; BERT reads texts of at most 128 tokens, with the vocabulary of `texts`.
void write_scratch_models(const std::filesystem::path& image_model,
                          const std::filesystem::path& text_model,
                          std::span<const std::string> texts, uint64_t seed);

}  // namespace puente
