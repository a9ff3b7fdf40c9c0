#include "text/sentencepiece_bpe.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {
namespace {

constexpr char32_t kBlank = U'\u2581';  // how SentencePiece writes a space

/// A part of the text, in a doubly linked list over its characters; of no length once it is merged
/// into the one before it.
struct PieceSymbol {
  size_t begin;  // in bytes
  size_t length;
  int32_t previous;
  int32_t next;
};

struct PieceCandidate {
  float score;
  int32_t position;
  size_t length;  // of both symbols
};

/// Orders a heap so that its front is the highest score, leftmost.
bool piece_comes_later(const PieceCandidate& a, const PieceCandidate& b) {
  return a.score != b.score ? a.score < b.score : a.position > b.position;
}

}  // namespace

SentencePieceBpe::SentencePieceBpe(const SentencePieceVocabulary& vocabulary)
    : unknown_(vocabulary.unknown),
      add_space_prefix_(vocabulary.add_space_prefix),
      size_(static_cast<int64_t>(vocabulary.pieces.size())) {
  check_vocabulary(vocabulary);
  pieces_.reserve(vocabulary.pieces.size());
  for (size_t i = 0; i < vocabulary.pieces.size(); ++i) {
    const std::string& piece = vocabulary.pieces[i];
    const auto id = static_cast<int32_t>(i);
    const PieceType type = vocabulary.types[i];
    if (type == PieceType::byte) {
      bytes_.resize(256);
      bytes_[static_cast<size_t>(byte_of_piece(piece))] = id;
    }
    const bool in_texts =
        type == PieceType::normal || type == PieceType::user_defined || type == PieceType::unused;
    if (!in_texts || piece.empty()) continue;
    const bool is_new =
        pieces_.try_emplace(piece, Piece{id, vocabulary.scores[i], type == PieceType::unused})
            .second;
    if (is_new && type == PieceType::user_defined) user_defined_.add(decode_utf8(piece), id);
  }
}

const SentencePieceBpe::Piece* SentencePieceBpe::find(std::string_view text) const {
  const auto found = pieces_.find(text);
  return found == pieces_.end() ? nullptr : &found->second;
}

std::vector<int32_t> SentencePieceBpe::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  if (text.empty()) return ids;
  std::u32string normal = decode_utf8(text);
  std::replace(normal.begin(), normal.end(), U' ', kBlank);
  if (add_space_prefix_) normal.insert(normal.begin(), kBlank);
  for (const TextStretch& stretch : user_defined_.cut(normal)) {
    if (stretch.id >= 0) {
      ids.push_back(stretch.id);
    } else {
      encode_stretch(stretch.text, ids);
    }
  }
  return ids;
}

TokenKind SentencePieceBpe::kind_of(int32_t id) const {
  if (id == unknown_) return TokenKind::unknown;
  const auto not_ascii = std::span(bytes_).subspan(bytes_.empty() ? 0 : 0x80);
  return std::ranges::find(not_ascii, id) == not_ascii.end() ? TokenKind::text
                                                             : TokenKind::part_of_character;
}

void SentencePieceBpe::encode_stretch(std::u32string_view text, std::vector<int32_t>& ids) const {
  std::string bytes;
  bytes.reserve(text.size() * 2);
  std::vector<PieceSymbol> symbols;
  symbols.reserve(text.size());
  for (const char32_t c : text) {
    const size_t begin = bytes.size();
    append_utf8(c, bytes);
    const auto position = static_cast<int32_t>(symbols.size());
    symbols.push_back({begin, bytes.size() - begin, position - 1, position + 1});
  }
  if (symbols.empty()) return;
  symbols.back().next = -1;
  const std::string_view all = bytes;

  std::vector<PieceCandidate> heap;
  heap.reserve(symbols.size());
  Splits splits;
  const auto consider = [&](int32_t position) {
    if (position < 0) return;
    const PieceSymbol& left = symbols[static_cast<size_t>(position)];
    if (left.next < 0) return;
    const size_t length = left.length + symbols[static_cast<size_t>(left.next)].length;
    const std::string_view joined = all.substr(left.begin, length);
    const Piece* piece = find(joined);
    if (piece == nullptr) return;
    if (piece->unused) splits[joined] = left.length;
    heap.push_back({piece->score, position, length});
    std::push_heap(heap.begin(), heap.end(), piece_comes_later);
  };
  for (size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<int32_t>(i));

  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), piece_comes_later);
    const PieceCandidate best = heap.back();
    heap.pop_back();
    PieceSymbol& left = symbols[static_cast<size_t>(best.position)];
    if (left.length == 0 || left.next < 0) continue;
    PieceSymbol& right = symbols[static_cast<size_t>(left.next)];
    // Symbols only grow, so a candidate is stale exactly when the lengths have changed.
    if (left.length + right.length != best.length) continue;
    left.length = best.length;
    right.length = 0;
    left.next = right.next;
    if (left.next >= 0) symbols[static_cast<size_t>(left.next)].previous = best.position;
    consider(left.previous);
    consider(best.position);
  }
  for (int32_t i = 0; i >= 0; i = symbols[static_cast<size_t>(i)].next) {
    const PieceSymbol& symbol = symbols[static_cast<size_t>(i)];
    append(all.substr(symbol.begin, symbol.length), splits, ids);
  }
}

void SentencePieceBpe::append(std::string_view symbol, const Splits& splits,
                              std::vector<int32_t>& ids) const {
  const Piece* piece = find(symbol);
  if (piece != nullptr) {
    const auto split = piece->unused ? splits.find(symbol) : splits.end();
    if (split == splits.end()) {
      ids.push_back(piece->id);
    } else {
      append(symbol.substr(0, split->second), splits, ids);
      append(symbol.substr(split->second), splits, ids);
    }
  } else if (!bytes_.empty()) {
    for (const char c : symbol) ids.push_back(bytes_[static_cast<uint8_t>(c)]);
  } else if (ids.empty() || ids.back() != unknown_) {
    ids.push_back(unknown_);  // once for a run of them
  }
}

}  // namespace puente
