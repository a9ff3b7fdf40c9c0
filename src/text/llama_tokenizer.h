// LLaMA-2's tokenizer: a space before the text, SentencePiece's BPE with bytes for characters that
// have no piece, <s> before it all. From the two files that such models come with, with the same
// ids: a Hugging Face folder's tokenizer.model, or the vocabulary in a GGUF file.
//
// The ids are those of Hugging Face's LlamaTokenizer (transformers 4.40, legacy) for texts of
// people: a text that spells <s>, </s> or another control token is text here, where that library
// would make the token of it, so that no record can end or start itself. Pieces that the model
// calls user-defined stand whole wherever a text has them. LLaMA-3's byte-level BPE is
// llama3_tokenizer's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "text/sentencepiece_vocabulary.h"
#include "text/tokenizer.h"

namespace puente {

class LlamaTokenizer : public Tokenizer {
 public:
  /// A folder with tokenizer.model, and tokenizer_config.json if there is one, whose add_bos_token
  /// and add_eos_token count. UserError where files are missing or damaged.
  explicit LlamaTokenizer(const std::filesystem::path& folder);
  /// UserError as check_vocabulary says.
  explicit LlamaTokenizer(const SentencePieceVocabulary& vocabulary);
  ~LlamaTokenizer() override;
  LlamaTokenizer(LlamaTokenizer&&) noexcept;

  /// A text of nothing is <s> alone.
  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const override;
  int64_t vocabulary_size() const override;
  TokenKind kind_of(int32_t id) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
