#include "text/llama3_tokenizer.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "text/byte_piece_kinds.h"
#include "text/frame.h"
#include "text/llama3_words.h"
#include "text/unicode.h"

namespace puente {
namespace {

/// Merges never leave a byte out: each must be a token.
void check_bytes(const Llama3Vocabulary& vocabulary) {
  for (const std::string& symbol : byte_symbols_in_order()) {
    if (!vocabulary.tokens.contains(symbol)) {
      fail("{}: the vocabulary has no token for the byte written '{}'; download the file again",
           vocabulary.source, symbol);
    }
  }
}

std::u32string as_it_is(std::u32string_view text) { return std::u32string(text); }

}  // namespace

struct Llama3Tokenizer::Impl {
  explicit Impl(Llama3Vocabulary from)
      : vocabulary(std::move(from)),
        bpe(vocabulary.tokens, vocabulary.merges, "", -1, vocabulary.source, 1),
        size(vocabulary.size()) {
    check_bytes(vocabulary);
    for (const auto& [token, id] : vocabulary.tokens) kinds.add(id, token);
    for (const AddedToken& token : vocabulary.added) {
      if (!token.special) added.add(token, as_it_is);
    }
  }

  void encode_words(std::u32string_view text, std::vector<int32_t>& ids) const {
    while (!text.empty()) {
      const size_t length = llama3_word_length(text);
      encode_word(encode_utf8(text.substr(0, length)), ids);
      text.remove_prefix(length);
    }
  }

  void encode_word(std::string_view word, std::vector<int32_t>& ids) const {
    if (vocabulary.whole_words) {
      std::string symbols;
      for (const char c : word) append_utf8(byte_symbol(static_cast<uint8_t>(c)), symbols);
      const auto found = vocabulary.tokens.find(symbols);
      if (found != vocabulary.tokens.end()) {
        ids.push_back(found->second);
        return;
      }
    }
    bpe.encode(word, ids);
  }

  Llama3Vocabulary vocabulary;
  Bpe bpe;
  AddedTokens added;
  BytePieceKinds kinds;
  int64_t size;
};

Llama3Tokenizer::Llama3Tokenizer(Llama3Vocabulary vocabulary)
    : impl_(std::make_unique<Impl>(std::move(vocabulary))) {}
Llama3Tokenizer::~Llama3Tokenizer() = default;

TokenizedText Llama3Tokenizer::encode(std::string_view text, int64_t max_tokens,
                                      Truncate truncate) const {
  const std::u32string decoded = decode_utf8(text);
  const std::vector<int32_t> ids = impl_->added.encode(
      decoded, as_it_is, [this](std::u32string_view rest, std::vector<int32_t>& some) {
        impl_->encode_words(rest, some);
      });
  const Llama3Vocabulary& vocabulary = impl_->vocabulary;
  return frame(ids, vocabulary.start, vocabulary.end, max_tokens, truncate, decoded);
}

int64_t Llama3Tokenizer::vocabulary_size() const { return impl_->size; }

TokenKind Llama3Tokenizer::kind_of(int32_t id) const { return impl_->kinds.of(id); }

}  // namespace puente
