// WordPiece: a word cut into the longest pieces that the vocabulary has, from left to right
// (google-research/bert, tokenization.py). Not for splitting a text into words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/bpe.h"

namespace puente {

class WordPiece {
 public:
  /// Pieces that do not start their word stand in the vocabulary with `continuing` before them. A
  /// word of more than `longest_word` code points is `unknown` as a whole, as is one that cannot be
  /// cut into known pieces.
  WordPiece(const Vocabulary& vocabulary, std::string_view continuing, int64_t longest_word,
            int32_t unknown);

  /// Appends the ids of `word` (not empty). Linear in its length times that of the longest piece;
  /// thread-safe.
  void encode(std::u32string_view word, std::vector<int32_t>& ids) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Pieces {
    std::unordered_map<std::string, int32_t, Hash, std::equal_to<>> ids;
    size_t longest = 0;  // in bytes
    void add(std::string_view piece, int32_t id);
  };

  Pieces first_;  // of a word
  Pieces later_;  // without `continuing`
  size_t longest_word_;
  int32_t unknown_;
};

}  // namespace puente
