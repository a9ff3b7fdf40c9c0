// Byte-level byte-pair encoding of one word: its bytes become symbols, the last one with a mark in
// CLIP's vocabularies, and neighbours merge, the pair of lowest rank first, the leftmost first
// among equals, until no pair is in the list of merges (Sennrich et al. 2016; bytes as in GPT-2).
// Not for splitting a text into words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace puente {

/// Token to id.
using Vocabulary = std::unordered_map<std::string, int32_t>;

/// How a vocabulary writes a byte: printable Latin-1 as itself, the other 68 bytes from U+0100 on.
char32_t byte_symbol(uint8_t byte);

/// The 256 symbols in the order in which OpenAI's vocabulary numbers them: the bytes that stand for
/// themselves first.
std::vector<std::string> byte_symbols_in_order();

/// Two tokens, as their symbols.
using BpeMerge = std::pair<std::string, std::string>;

/// "left right" as files write a merge; nothing where `text` is not two tokens with one space
/// between them.
std::optional<BpeMerge> parse_merge(std::string_view text);

class Bpe {
 public:
  /// `end_of_word` is what the symbol of a word's last byte ends with, if anything. `merges` in
  /// order of rank; a pair that comes twice has its later rank. `unknown` stands for a byte that
  /// the vocabulary lacks; -1 leaves such bytes out. `source` stands in error messages, with merge
  /// i called line `first_line` + i. UserError where a part of a merge, or its result, is not in
  /// the vocabulary.
  Bpe(const Vocabulary& vocabulary, const std::vector<BpeMerge>& merges,
      std::string_view end_of_word, int32_t unknown, std::string_view source, int64_t first_line);

  /// Appends the ids of `word` (UTF-8, not empty). n log n in its length; thread-safe.
  void encode(std::string_view word, std::vector<int32_t>& ids) const;

 private:
  struct Merge {
    int32_t rank;
    int32_t result;
  };
  const Merge* find(int32_t left, int32_t right) const;

  int32_t inner_[256];  // id of each byte inside a word
  int32_t last_[256];   // and at its end
  std::unordered_map<uint64_t, Merge> merges_;
};

}  // namespace puente
