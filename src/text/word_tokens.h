// How many tokens a tokenizer needs for a word: few where its vocabulary was made for the word's
// language (Rust et al. 2021, "How Good is Your Tokenizer?").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/tokenizer.h"

namespace puente {

struct WordTokens {
  int64_t words = 0;
  int64_t tokens = 0;
  int64_t unknown = 0;              // of the tokens
  int64_t parts_of_characters = 0;  // of the tokens

  double per_word() const;       // 0 without words
  double unknown_share() const;  // of the tokens
  double parts_share() const;
  WordTokens& operator+=(const WordTokens& other);
};

/// Of one word, as it is after another one in a text. Numbers and punctuation, which take one token
/// a digit in some vocabularies, are left out of such counts.
WordTokens tokens_of_word(const Tokenizer& tokenizer, std::string_view word);

/// Of some everyday and clinical English, with which other texts are compared.
WordTokens tokens_of_english(const Tokenizer& tokenizer);
std::string_view english_sample();

}  // namespace puente
