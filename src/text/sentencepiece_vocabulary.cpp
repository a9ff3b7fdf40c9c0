#include "text/sentencepiece_vocabulary.h"

#include <array>
#include <cmath>

#include "base/error.h"

namespace puente {
namespace {

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_known(PieceType type) { return type >= PieceType::normal && type <= PieceType::byte; }

void check_id(const SentencePieceVocabulary& vocabulary, int32_t id, const char* name) {
  if (id < 0 || static_cast<size_t>(id) >= vocabulary.pieces.size()) {
    fail("{}: the {} token's id is {}, and the vocabulary has {} pieces; download the file again",
         vocabulary.source, name, id, vocabulary.pieces.size());
  }
}

}  // namespace

int byte_of_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  const int high = hexadecimal(piece[3]), low = hexadecimal(piece[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void check_vocabulary(const SentencePieceVocabulary& vocabulary) {
  const size_t size = vocabulary.pieces.size();
  if (size == 0 || vocabulary.scores.size() != size || vocabulary.types.size() != size) {
    fail("{}: the vocabulary has {} pieces, {} scores and {} types; download the file again",
         vocabulary.source, size, vocabulary.scores.size(), vocabulary.types.size());
  }
  std::array<bool, 256> has_byte{};
  size_t bytes = 0;
  for (size_t id = 0; id < size; ++id) {
    if (!is_known(vocabulary.types[id]) || std::isnan(vocabulary.scores[id])) {
      fail("{}: piece {} of the vocabulary has type {} and score {}; download the file again",
           vocabulary.source, id, static_cast<int32_t>(vocabulary.types[id]),
           vocabulary.scores[id]);
    }
    if (vocabulary.types[id] != PieceType::byte) continue;
    const int byte = byte_of_piece(vocabulary.pieces[id]);
    if (byte < 0 || has_byte[static_cast<size_t>(byte)]) {
      fail("{}: piece {} of the vocabulary is to be a byte and is '{}'; download the file again",
           vocabulary.source, id, vocabulary.pieces[id]);
    }
    has_byte[static_cast<size_t>(byte)] = true;
    ++bytes;
  }
  if (bytes != 0 && bytes != has_byte.size()) {
    fail("{}: the vocabulary has pieces for {} of the 256 bytes; download the file again",
         vocabulary.source, bytes);
  }
  check_id(vocabulary, vocabulary.unknown, "unknown");
  if (vocabulary.add_start) check_id(vocabulary, vocabulary.start, "start");
  if (vocabulary.add_end) check_id(vocabulary, vocabulary.end, "end");
}

}  // namespace puente
