// BERT's WordPiece: text cleaned, lower-cased and stripped of accents as the model wants it, split
// at white space and punctuation, words cut into the longest known pieces, [CLS] ... [SEP].
//
// The ids are those of Hugging Face's BertTokenizerFast (transformers 4.40, tokenizers 0.19). A
// special token such as [MASK] or [SEP] inside a text is that token. One that the vocabulary lacks
// is plain text here; that library would give it an id that the model has no embedding for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "text/tokenizer.h"

namespace puente {

class BertTokenizer : public Tokenizer {
 public:
  /// A folder with tokenizer.json (taken first) or vocab.txt, and tokenizer_config.json if there
  /// is one. UserError where files are missing, damaged or another kind of tokenizer's.
  explicit BertTokenizer(const std::filesystem::path& folder);
  ~BertTokenizer() override;
  BertTokenizer(BertTokenizer&&) noexcept;

  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const override;
  int64_t vocabulary_size() const override;
  TokenKind kind_of(int32_t id) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
