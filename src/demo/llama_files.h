// The two forms in which a random LLaMA is written; random_llama.h is what to call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "demo/llama_weights.h"
#include "demo/sentencepiece_file.h"
#include "tensor/rope.h"
#include "text/llama3_vocabulary.h"

namespace puente {

constexpr float kLlamaEpsilon = 1e-5f;
constexpr float kLlamaRopeBase = 10000;
constexpr float kLlama3RopeBase = 500000;
/// LLaMA-3.1's, for a context of 128: some pairs turn as ever, some slower, one in between.
constexpr RopeStretch kLlama3Stretch = {
    .factor = 8, .low_frequency_factor = 1, .high_frequency_factor = 4, .original_context = 64};

struct RandomLlama {
  LlamaShape shape;
  int64_t vocabulary = 0;                   // at least the pieces or tokens
  SentencePieceFile pieces = {};            // of a LLaMA-2
  int64_t begin = 0, end = 0, unknown = 0;  // ids of <s>, </s>, <unk>
  Llama3Vocabulary tokens = {};             // of a LLaMA-3
  std::vector<LlamaTensor> tensors = {};
};

/// The shape of one of llama_names().
const LlamaShape& named_llama(std::string_view name);

void write_llama_gguf(const std::filesystem::path& path, const RandomLlama& model,
                      const RandomEncoderOptions& options);
void write_llama_folder(const std::filesystem::path& folder, const RandomLlama& model,
                        const RandomEncoderOptions& options);

}  // namespace puente
