#include "text/wordpiece.h"

#include <algorithm>

#include "text/unicode.h"

namespace puente {

void WordPiece::Pieces::add(std::string_view piece, int32_t id) {
  if (piece.empty()) return;
  ids.emplace(piece, id);
  longest = std::max(longest, piece.size());
}

WordPiece::WordPiece(const Vocabulary& vocabulary, std::string_view continuing,
                     int64_t longest_word, int32_t unknown)
    : longest_word_(static_cast<size_t>(longest_word)), unknown_(unknown) {
  for (const auto& [token, id] : vocabulary) {
    first_.add(token, id);
    if (token.starts_with(continuing)) {
      later_.add(std::string_view(token).substr(continuing.size()), id);
    }
  }
}

void WordPiece::encode(std::u32string_view word, std::vector<int32_t>& ids) const {
  if (word.size() > longest_word_) {
    ids.push_back(unknown_);
    return;
  }
  std::string bytes;
  for (const char32_t c : word) append_utf8(c, bytes);
  const auto inside_character = [&](size_t at) {
    return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xc0) == 0x80;
  };

  const size_t before = ids.size();
  for (size_t begin = 0; begin < bytes.size();) {
    const Pieces& pieces = begin == 0 ? first_ : later_;
    size_t length = std::min(bytes.size() - begin, pieces.longest);
    auto found = pieces.ids.end();
    for (; length > 0; --length) {
      if (inside_character(begin + length)) continue;
      found = pieces.ids.find(std::string_view(bytes).substr(begin, length));
      if (found != pieces.ids.end()) break;
    }
    if (length == 0) {
      ids.resize(before);
      ids.push_back(unknown_);
      return;
    }
    ids.push_back(found->second);
    begin += length;
  }
}

}  // namespace puente
