// A CLIP directory as Hugging Face lays it out, with seeded random weights: for the demo, the tests
// and the benchmarks, where no trained model can be had. It knows nothing about pictures or words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "encoders/clip.h"

namespace puente {

/// "tiny" (a test's), "b32", "b16" or "l14" (OpenAI's shapes); UserError for another name.
ClipConfig named_clip(std::string_view size);

struct RandomClipOptions {
  uint64_t seed = 1;
  /// OpenAI's bpe_simple_vocab_16e6.txt[.gz], or a folder with a CLIP tokenizer. Without one the
  /// vocabulary is the 256 bytes, each also as the end of a word, and the two special tokens.
  std::filesystem::path vocabulary;
  /// transformers begins with biases 0 and LayerNorm weights 1, which would hide a mix-up of them.
  /// Normal noise of this deviation is added to both.
  double bias_noise = 0;
};

/// Writes config.json, preprocessor_config.json, vocab.json, merges.txt, model.safetensors and
/// README.md. Weights are normal with the deviations of transformers' CLIPPreTrainedModel
/// (_init_weights), drawn per tensor, so equal seeds give equal files. config.text.vocabulary must
/// be at least the number of tokens; config.text.end_token is not looked at: the tokenizer says it.
void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       const RandomClipOptions& options);
void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       uint64_t seed);

}  // namespace puente
