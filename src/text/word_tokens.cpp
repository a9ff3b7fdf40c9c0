#include "text/word_tokens.h"

#include "text/word_breaks.h"

namespace puente {
namespace {

constexpr std::string_view kBefore = "a";
constexpr int64_t kRoom = 512;  // tokens; a longer word has its kinds counted up to there

double share_of(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

WordTokens count_tokens(const Tokenizer& tokenizer, std::string_view text) {
  const TokenizedText encoded = tokenizer.encode(text, kRoom);
  WordTokens result;
  result.tokens = encoded.full_length;
  for (int64_t i = 0; i < encoded.length; ++i) {
    const TokenKind kind = tokenizer.kind_of(encoded.ids[static_cast<size_t>(i)]);
    result.unknown += kind == TokenKind::unknown;
    result.parts_of_characters += kind == TokenKind::part_of_character;
  }
  return result;
}

}  // namespace

double WordTokens::per_word() const { return share_of(tokens, words); }
double WordTokens::unknown_share() const { return share_of(unknown, tokens); }
double WordTokens::parts_share() const { return share_of(parts_of_characters, tokens); }

WordTokens& WordTokens::operator+=(const WordTokens& other) {
  words += other.words;
  tokens += other.tokens;
  unknown += other.unknown;
  parts_of_characters += other.parts_of_characters;
  return *this;
}

WordTokens tokens_of_word(const Tokenizer& tokenizer, std::string_view word) {
  const WordTokens before = count_tokens(tokenizer, kBefore);
  const WordTokens both = count_tokens(tokenizer, std::string(kBefore) + " " + std::string(word));
  return {1, both.tokens - before.tokens, both.unknown - before.unknown,
          both.parts_of_characters - before.parts_of_characters};
}

WordTokens tokens_of_english(const Tokenizer& tokenizer) {
  WordTokens all;
  for (const std::string_view word : WordBreaks().words_of(english_sample())) {
    all += tokens_of_word(tokenizer, word);
  }
  return all;
}

std::string_view english_sample() {
  return "The patient is a 54-year-old man with a pigmented lesion on the upper back. It has grown "
         "over the last six months and sometimes bleeds when scratched. "
         "Chest X-ray shows bilateral ground-glass opacities, more marked in the lower lobes. No "
         "pleural effusion. The heart is of normal size. "
         "Retina of the left eye: a few microaneurysms and small haemorrhages near the macula, the "
         "optic disc is normal. Mild diabetic retinopathy. "
         "She has had diabetes for twelve years, takes insulin and smokes ten cigarettes a day. "
         "Blood pressure is high despite treatment. "
         "Nobody in her family had skin cancer. The spot itches, does not hurt, and its edges are "
         "not sharp.";
}

}  // namespace puente
