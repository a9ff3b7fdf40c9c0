// A CLIP directory as Hugging Face lays it out, with seeded random weights: for the demo, the tests
// and the benchmarks, where no trained model can be had. It knows nothing about pictures or words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "demo/encoder_folder.h"
#include "encoders/clip.h"
#include "encoders/config_section.h"

namespace puente {

/// "tiny" (a test's), "b32", "b16" or "l14" (OpenAI's shapes); UserError for another name.
ClipConfig named_clip(std::string_view size);

using RandomClipOptions = RandomEncoderOptions;

/// Writes config.json, preprocessor_config.json, vocab.json, merges.txt, model.safetensors and
/// README.md. Weights are normal with the deviations of transformers' CLIPPreTrainedModel
/// (_init_weights), drawn per tensor, so equal seeds give equal files. config.text.vocabulary must
/// be at least the number of tokens; config.text.end_token is not looked at: the tokenizer says it.
/// options.vocabulary: see clip_vocabulary.h. options.quirks: position_ids among the weights,
/// eos_token_id 2 and the preprocessor of 2021, as openai/clip-vit-base-patch32 has them.
void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       const RandomClipOptions& options);
void write_random_clip(const std::filesystem::path& folder, const ClipConfig& config,
                       uint64_t seed);

/// clip-tiny, clip-tiny-gelu (plain GELU instead of x * sigmoid(1.702 x)), clip-b32 ...
std::vector<std::string> clip_names();
EncoderFolder random_clip(std::string_view name, const RandomEncoderOptions& options);

/// The tensors of a model of that config.json, for write_random_twin().
std::vector<RandomTensor> clip_tensors_of(const ConfigSection& config);

}  // namespace puente
