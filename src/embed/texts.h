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
  std::vector<int64_t> first_row;  // of each text
};

/// UserError as Prompt::render says, naming file and line.
Texts render_prompts(const Manifest& manifest, const Prompt& prompt);

/// The ids of every different text.
std::vector<TokenizedText> tokenize(const Texts& texts, const TextEncoder& encoder,
                                    Truncate truncate);

/// Rows whose text lost a part.
int64_t count_truncated(const Texts& texts, std::span<const TokenizedText> tokens);

/// What the tokenizer cut off the rows' texts. A word is what stands between blanks; one that lost
/// a part counts as lost, and so does a field. Where tokens reach over the end of a word, a word
/// more or less may have been kept.
struct LostText {
  struct Field {
    std::string column;
    int64_t rows = 0;
  };
  int64_t words = 0;  // of all rows
  int64_t words_lost = 0;
  std::vector<Field> fields;  // those that lost their value in some row, in the prompt's order
};

LostText lost_text(const Manifest& manifest, const Prompt& prompt, const Texts& texts,
                   std::span<const TokenizedText> tokens, const TextEncoder& encoder,
                   Truncate truncate, int threads);

}  // namespace puente
