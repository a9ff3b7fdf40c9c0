// The texts of a manifest, each different one once, and how they are dealt out to an encoder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "text/prompt.h"
#include "text/tokenizer.h"

namespace puente {

/// Different texts, and which of them each row has.
struct Texts {
  std::vector<std::string> texts;
  std::vector<int32_t> of_row;
};

/// UserError as Prompt::render says, naming file and line.
Texts render_prompts(const Manifest& manifest, const Prompt& prompt);

/// Texts in order, in batches of as many as the encoder likes: the first of each, and the end.
std::vector<int64_t> text_batches(std::span<const TokenizedText> texts, int64_t most_tokens);

}  // namespace puente
