// LLaMA-3's tokenizer: byte-level BPE of the words that its pattern cuts (llama3_words.h), with the
// token that a text begins with before it all.
//
// The ids are those of Hugging Face's library (tokenizers 0.19; llama.cpp's differ after an
// apostrophe with a long s alone) for texts of people: a text that spells <|begin_of_text|> or
// another special token is text here, as in LlamaTokenizer. Added tokens that are not special stand
// whole wherever a text has them.
#pragma once

#include <memory>
#include <string_view>

#include "text/llama3_vocabulary.h"
#include "text/tokenizer.h"

namespace puente {

class Llama3Tokenizer : public Tokenizer {
 public:
  /// UserError where the vocabulary lacks a byte, or its merges do not fit it.
  explicit Llama3Tokenizer(Llama3Vocabulary vocabulary);
  ~Llama3Tokenizer() override;

  /// A text of nothing is the start token alone.
  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const override;
  int64_t vocabulary_size() const override;
  TokenKind kind_of(int32_t id) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
