// CLIP's byte-level BPE, as Hugging Face's CLIPTokenizer: lower case, whitespace collapsed, merges
// by rank, <|startoftext|> ... <|endoftext|>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace puente {

enum class Truncate { end, start, error };

struct TokenizedText {
  std::vector<int32_t> ids;  // with start and end token, at most max_tokens of them
  int64_t full_length = 0;   // how many there would be without truncation
  bool truncated() const { return full_length > static_cast<int64_t>(ids.size()); }
};

class ClipTokenizer {
 public:
  /// A folder with tokenizer.json or vocab.json + merges.txt, or OpenAI's bpe_simple_vocab_16e6.txt[.gz].
  explicit ClipTokenizer(const std::filesystem::path& path);
  ~ClipTokenizer();
  ClipTokenizer(ClipTokenizer&&) noexcept;

  /// Thread-safe. Truncation keeps the start and end token. With Truncate::error a text that is too
  /// long is a UserError.
  TokenizedText encode(std::string_view text, int64_t max_tokens,
                       Truncate truncate = Truncate::end) const;
  int64_t vocabulary_size() const;
  int32_t start_token() const;
  int32_t end_token() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace puente
