// Tokenizer: a text to the ids that a text encoder reads. What all of them have in common; each has
// a file of its own.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace puente {

/// What a text that is too long loses.
enum class Truncate { end, start, error };

constexpr std::string_view name_of(Truncate truncate) {
  return truncate == Truncate::end ? "end" : truncate == Truncate::start ? "start" : "error";
}

struct TokenizedText {
  /// With the tokens that frame a text: at most max_tokens of them, or exactly that many where the
  /// model wants padding, which then follows the text's own.
  std::vector<int32_t> ids;
  int64_t length = 0;       // how many of ids are the text's own, with its frame
  int64_t full_length = 0;  // how many those would be without truncation
  bool truncated() const { return length < full_length; }
};

/// What an id stands for.
enum class TokenKind : uint8_t {
  text,               // a piece of a text, or what frames it
  unknown,            // what the vocabulary cannot write
  part_of_character,  // bytes of a character whose other bytes are in other tokens
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Thread-safe. `text` is UTF-8; invalid bytes count as U+FFFD. Truncation keeps the tokens that
  /// frame a text, and cuts at the end or the start of what is between them. UserError if
  /// max_tokens does not hold even those, or, with Truncate::error, if the text is too long.
  virtual TokenizedText encode(std::string_view text, int64_t max_tokens,
                               Truncate truncate = Truncate::end) const = 0;
  /// One more than the largest id: what the model's table of token embeddings must have at least.
  virtual int64_t vocabulary_size() const = 0;
  virtual TokenKind kind_of(int32_t id) const = 0;
};

}  // namespace puente
