// Which tokens of byte-level BPE are only a part of a character: of a letter that the vocabulary
// was not made for, nothing but its bytes is known.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace puente {

class BytePieceKinds {
 public:
  /// `symbols`: the token in byte symbols (bpe.h), without a mark of the word's end. Tokens with
  /// another character in them are text.
  void add(int32_t id, std::string_view symbols);
  /// Nothing where `id` is -1.
  void set_unknown(int32_t id) { unknown_ = id; }
  TokenKind of(int32_t id) const;

 private:
  std::vector<bool> is_part_;  // by id
  int32_t unknown_ = -1;
};

}  // namespace puente
