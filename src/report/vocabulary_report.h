// How well a tokenizer's vocabulary fits the texts, as a part of what `puente embed` reports.
#pragma once

#include <string>

#include "embed/vocabulary_fit.h"
#include "formats/json.h"

namespace puente {

/// {"by": "language", "words": 812, "tokens_per_word": 1.9, "tokens_per_word_of_english": 1.2,
///  "unknown": 0.0, "parts_of_characters": 0.0, "unknown_tokens": 0,
///  "groups": [{"name": "pt", "words", "different_words", "tokens_per_word", "beside_english",
///  "unknown", "parts_of_characters"}, ...], "cautions": ["pt: ..."]}
/// `unknown` and `parts_of_characters` are shares of the words' tokens; `unknown_tokens` counts
/// those of the different texts, signs and numbers too.
Json vocabulary_fit_json(const VocabularyFit& fit);

/// A line for each of the first groups.
std::string vocabulary_fit_text(const VocabularyFit& fit);

}  // namespace puente
