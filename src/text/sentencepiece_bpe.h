// SentencePiece's BPE on a vocabulary of plain arrays: a text's characters are symbols, and
// neighbours that together are a piece merge, the piece of highest score first, the leftmost first
// among equals, until no two are (Kudo and Richardson 2018; Sennrich et al. 2016). A character that
// has no piece becomes its bytes. The ids are those of the library sentencepiece on a model without
// normalisation rules, as LLaMA's is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/added_tokens.h"
#include "text/sentencepiece_vocabulary.h"
#include "text/tokenizer.h"

namespace puente {

class SentencePieceBpe {
 public:
  /// UserError as check_vocabulary says. Where two pieces have one text, the first counts.
  explicit SentencePieceBpe(const SentencePieceVocabulary& vocabulary);

  /// The ids of `text` (UTF-8), without start and end. Control tokens that a text spells out are
  /// text. n log n in its length; thread-safe.
  std::vector<int32_t> encode(std::string_view text) const;
  int64_t size() const { return size_; }
  TokenKind kind_of(int32_t id) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Piece {
    int32_t id;
    float score;
    bool unused;
  };
  /// Of unused pieces: the length of the first of the two parts that they were merged from.
  using Splits = std::unordered_map<std::string_view, size_t>;

  const Piece* find(std::string_view text) const;
  void encode_stretch(std::u32string_view text, std::vector<int32_t>& ids) const;
  void append(std::string_view symbol, const Splits& splits, std::vector<int32_t>& ids) const;

  std::unordered_map<std::string, Piece, Hash, std::equal_to<>> pieces_;
  AddedTokenFinder user_defined_;
  std::vector<int32_t> bytes_;  // [256] ids, or empty
  int32_t unknown_;
  bool add_space_prefix_;
  int64_t size_;
};

}  // namespace puente
