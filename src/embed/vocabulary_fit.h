// How well the text encoder's vocabulary fits the texts, by language: tokens per word beside what
// English takes, and tokens that are unknown. Says what the tokenizer was made for; whether the
// encoder's vectors tell the texts apart, only training shows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/manifest.h"
#include "embed/texts.h"
#include "encoders/encoder.h"
#include "text/word_tokens.h"

namespace puente {

/// What is known of the texts' language: one for all, or a column; empty where nothing is.
struct TextLanguage {
  std::string name;    // "pt"
  std::string column;  // instead

  bool known() const { return !name.empty() || !column.empty(); }
};

struct VocabularyFit {
  struct Group {
    std::string name;  // a language, or the script of words whose language is not known
    WordTokens of_words;
    int64_t different_words = 0;
  };
  bool by_language = false;    // else by script
  std::vector<Group> groups;   // that with most words first
  WordTokens all;              // their sum
  WordTokens english;          // english_sample()
  int64_t unknown_tokens = 0;  // in the different texts, as far as they are read

  /// Tokens per word beside those of English; 0 where there is nothing to compare.
  double beside_english(const Group& group) const;
};

/// Counts each different text once (in each of its languages). UserError where the column is not
/// there, or has too many values to be one of languages.
VocabularyFit fit_of_vocabulary(const Manifest& manifest, const TextLanguage& language,
                                const Texts& texts, std::span<const TokenizedText> tokens,
                                const TextEncoder& encoder);

/// A line for each group that the vocabulary was not made for: more than kUnknownLimit of its
/// words' tokens are unknown, or its words take more than kTokensLimit (kTokensLimitOfFew) times
/// as many tokens as those of English. docs/languages.md has the measurements behind the limits.
std::vector<std::string> cautions_of(const VocabularyFit& fit);

inline constexpr double kUnknownLimit = 0.01;
inline constexpr double kTokensLimit = 1.4;       // from kManyWords different words on
inline constexpr double kTokensLimitOfFew = 2.0;  // from kFewWords on; fewer say nothing
inline constexpr int64_t kManyWords = 20;
inline constexpr int64_t kFewWords = 5;

}  // namespace puente
