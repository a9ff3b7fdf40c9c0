// Tokens that stand whole in a text, such as <|endoftext|>: found before anything is split.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

struct AddedToken {
  std::string content;  // UTF-8
  int32_t id = 0;
  bool normalized = true;  // looked for in the normalised text, not in the text as it came
};

/// A stretch of a text: a token of its own (id >= 0), or text to be tokenized (id -1).
struct Stretch {
  int32_t id = -1;
  std::u32string_view text;
};

class AddedTokenFinder {
 public:
  void add(std::u32string content, int32_t id);
  /// Cuts `text` at the tokens found: the leftmost first, the longest of those that start together.
  std::vector<Stretch> cut(std::u32string_view text) const;

 private:
  struct Entry {
    std::u32string content;
    int32_t id;
  };
  std::vector<Entry> entries_;  // longest first
  std::u32string first_;        // the code points that they start with
};

}  // namespace puente
