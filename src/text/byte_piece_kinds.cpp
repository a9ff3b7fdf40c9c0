#include "text/byte_piece_kinds.h"

#include <string>
#include <unordered_map>

#include "formats/utf8.h"
#include "text/bpe.h"
#include "text/unicode.h"

namespace puente {
namespace {

const std::unordered_map<char32_t, char>& bytes_of_symbols() {
  static const std::unordered_map<char32_t, char> kBytes = [] {
    std::unordered_map<char32_t, char> bytes;
    for (int b = 0; b < 256; ++b) {
      bytes[byte_symbol(static_cast<uint8_t>(b))] = static_cast<char>(b);
    }
    return bytes;
  }();
  return kBytes;
}

bool is_part_of_character(std::string_view symbols) {
  std::string bytes;
  for (const char32_t symbol : decode_utf8(symbols)) {
    const auto found = bytes_of_symbols().find(symbol);
    if (found == bytes_of_symbols().end()) return false;
    bytes += found->second;
  }
  return valid_utf8_prefix(bytes) < bytes.size();
}

}  // namespace

void BytePieceKinds::add(int32_t id, std::string_view symbols) {
  if (id < 0 || !is_part_of_character(symbols)) return;
  const auto at = static_cast<size_t>(id);
  if (at >= is_part_.size()) is_part_.resize(at + 1);
  is_part_[at] = true;
}

TokenKind BytePieceKinds::of(int32_t id) const {
  if (id == unknown_ && id >= 0) return TokenKind::unknown;
  const auto at = static_cast<size_t>(id);
  return id >= 0 && at < is_part_.size() && is_part_[at] ? TokenKind::part_of_character
                                                         : TokenKind::text;
}

}  // namespace puente
