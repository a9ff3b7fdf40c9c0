// The texts of a manifest, each different one once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "encoders/encoder.h"
#include "text/prompt.h"

namespace puente {

/// Different texts, and which of them each row has.
struct Texts {
  std::vector<std::string> texts;
  std::vector<int32_t> of_row;
};

/// UserError as Prompt::render says, naming file and line.
Texts render_prompts(const Manifest& manifest, const Prompt& prompt);

/// The ids of every different text.
std::vector<TokenizedText> tokenize(const Texts& texts, const TextEncoder& encoder,
                                    Truncate truncate);

/// Rows whose text lost a part.
int64_t count_truncated(const Texts& texts, std::span<const TokenizedText> tokens);

}  // namespace puente
