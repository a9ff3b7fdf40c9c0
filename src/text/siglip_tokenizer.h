// SigLIP's tokenizer (google/siglip-*, MedSigLIP): lower case, no punctuation, white space
// collapsed, SentencePiece, </s>, then padding.
//
// The ids are those of Hugging Face's SiglipTokenizer (transformers 4.40) with
// padding="max_length": SigLIP has no attention mask and reads a text's vector at the last
// position, so every text must fill them all. They are those that sentencepiece 0.1.97 and 0.2.0
// give; 0.2.3 cuts a few long runs of one repeated letter elsewhere. A text that says </s> itself
// at its end gets no second one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "text/tokenizer.h"

namespace puente {

class SiglipTokenizer : public Tokenizer {
 public:
  /// A folder with spiece.model, and tokenizer_config.json if there is one. UserError where files
  /// are missing or damaged.
  explicit SiglipTokenizer(const std::filesystem::path& folder);
  ~SiglipTokenizer() override;
  SiglipTokenizer(SiglipTokenizer&&) noexcept;

  /// Exactly `max_tokens` ids.
  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const override;
  int64_t vocabulary_size() const override;
  TokenKind kind_of(int32_t id) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
