// Tokens that stand whole in a text, such as <|endoftext|>: found before anything is split.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/unicode.h"

namespace puente {

struct AddedToken {
  std::string content;  // UTF-8
  int32_t id = 0;
  bool normalized = true;  // looked for in the normalised text, not in the text as it came
  bool special = false;    // the model's own, such as its start token, and no word of a language
};

/// A stretch of a text: a token of its own (id >= 0), or text to be tokenized (id -1).
struct TextStretch {
  int32_t id = -1;
  std::u32string_view text;
};

class AddedTokenFinder {
 public:
  void add(std::u32string content, int32_t id);
  /// Cuts `text` at the tokens found: the leftmost first, the longest of those that start together.
  std::vector<TextStretch> cut(std::u32string_view text) const;

 private:
  struct Entry {
    std::u32string content;
    int32_t id;
  };
  std::vector<Entry> entries_;  // longest first
  std::u32string first_;        // the code points that they start with
};

/// The added tokens of a tokenizer: some are found in a text as it came, the others once it is
/// normalised. What lies between them is the tokenizer's own.
class AddedTokens {
 public:
  /// normalise(std::u32string_view) -> std::u32string is the tokenizer's.
  template <class Normalise>
  void add(const AddedToken& token, Normalise&& normalise) {
    const std::u32string content = decode_utf8(token.content);
    if (token.normalized) {
      in_normalised_.add(normalise(content), token.id);
    } else {
      in_raw_.add(content, token.id);
    }
  }

  /// The ids of `text`; encode(normalised text, ids) appends those of what is no added token.
  template <class Normalise, class Encode>
  std::vector<int32_t> encode(std::u32string_view text, Normalise&& normalise,
                              Encode&& encode) const {
    std::vector<int32_t> ids;
    for (const TextStretch& raw : in_raw_.cut(text)) {
      if (raw.id >= 0) {
        ids.push_back(raw.id);
        continue;
      }
      const std::u32string normal = normalise(raw.text);
      for (const TextStretch& stretch : in_normalised_.cut(normal)) {
        if (stretch.id >= 0) {
          ids.push_back(stretch.id);
        } else {
          encode(stretch.text, ids);
        }
      }
    }
    return ids;
  }

 private:
  AddedTokenFinder in_raw_;
  AddedTokenFinder in_normalised_;
};

}  // namespace puente
