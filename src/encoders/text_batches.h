// Texts in batches of as many tokens as an encoder likes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace puente {

/// In order: the first text of each batch, and the end.
std::vector<int64_t> text_batches(std::span<const TokenizedText> texts, int64_t most_tokens);

}  // namespace puente
