// CLIP's byte-level BPE: lower case, white space collapsed, merges by rank,
// <|startoftext|> ... <|endoftext|>.
//
// The ids are those of Hugging Face's CLIPTokenizerFast (transformers 4.40), which processors load.
// Where the slow CLIPTokenizer differs, the fast one is followed: lower-casing goes code point by
// code point (a final capital sigma becomes a medial one), accents are composed (NFC) even where
// the slow one would use ftfy, and control characters are kept. <|startoftext|> and <|endoftext|>
// inside a text are the special tokens, in any case of letters, unless tokenizer.json says
// otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "text/tokenizer.h"

namespace puente {

class ClipTokenizer : public Tokenizer {
 public:
  /// A folder with tokenizer.json (taken first) or vocab.json + merges.txt, or OpenAI's
  /// bpe_simple_vocab_16e6.txt[.gz]. UserError where files are missing, damaged or do not fit.
  explicit ClipTokenizer(const std::filesystem::path& path);
  ~ClipTokenizer() override;
  ClipTokenizer(ClipTokenizer&&) noexcept;

  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const override;
  int64_t vocabulary_size() const override;
  TokenKind kind_of(int32_t id) const override;
  int32_t start_token() const;
  int32_t end_token() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
