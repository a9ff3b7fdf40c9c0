#include "text/bpe.h"

#include <algorithm>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {
namespace {

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

/// A part of the word, in a doubly linked list over the word's first symbols.
struct Symbol {
  int32_t id;
  int32_t previous;
  int32_t next;
  bool gone;
};

struct Candidate {
  int32_t rank;
  int32_t position;
  int32_t result;
};

/// Orders a heap so that its front is the lowest rank, leftmost.
bool comes_later(const Candidate& a, const Candidate& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
}

}  // namespace

char32_t byte_symbol(uint8_t byte) {
  static const std::vector<char32_t> kSymbols = [] {
    std::vector<char32_t> symbols(256);
    char32_t spare = 0x100;
    for (int b = 0; b < 256; ++b) {
      symbols[b] = stands_for_itself(b) ? static_cast<char32_t>(b) : spare++;
    }
    return symbols;
  }();
  return kSymbols[byte];
}

std::vector<std::string> byte_symbols_in_order() {
  std::vector<std::string> symbols;
  for (const bool itself : {true, false}) {
    for (int b = 0; b < 256; ++b) {
      if (stands_for_itself(b) != itself) continue;
      symbols.emplace_back();
      append_utf8(byte_symbol(static_cast<uint8_t>(b)), symbols.back());
    }
  }
  return symbols;
}

std::optional<BpeMerge> parse_merge(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == text.npos || space == 0 || space + 1 == text.size() ||
      text.find(' ', space + 1) != text.npos) {
    return std::nullopt;
  }
  return BpeMerge(text.substr(0, space), text.substr(space + 1));
}

Bpe::Bpe(const Vocabulary& vocabulary, const std::vector<BpeMerge>& merges,
         std::string_view end_of_word, int32_t unknown, std::string_view source,
         int64_t first_line) {
  for (int b = 0; b < 256; ++b) {
    std::string symbol;
    append_utf8(byte_symbol(static_cast<uint8_t>(b)), symbol);
    const auto inner = vocabulary.find(symbol);
    inner_[b] = inner == vocabulary.end() ? unknown : inner->second;
    const auto last = vocabulary.find(symbol.append(end_of_word));
    last_[b] = last == vocabulary.end() ? unknown : last->second;
  }
  merges_.reserve(merges.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto id_of = [&](const std::string& token) {
      const auto found = vocabulary.find(token);
      if (found == vocabulary.end()) {
        fail(
            "{}: merge '{} {}' (line {}): '{}' is not in the vocabulary; take both files from the "
            "same model",
            source, left, right, first_line + static_cast<int64_t>(rank), token);
      }
      return found->second;
    };
    const uint64_t key = pair_key(id_of(left), id_of(right));
    merges_[key] = {static_cast<int32_t>(rank), id_of(left + right)};
  }
}

const Bpe::Merge* Bpe::find(int32_t left, int32_t right) const {
  const auto found = merges_.find(pair_key(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

void Bpe::encode(std::string_view word, std::vector<int32_t>& ids) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (size_t i = 0; i < word.size(); ++i) {
    const uint8_t byte = static_cast<uint8_t>(word[i]);
    const int32_t id = i + 1 == word.size() ? last_[byte] : inner_[byte];
    if (id < 0) continue;
    const int32_t position = static_cast<int32_t>(symbols.size());
    symbols.push_back({id, position - 1, position + 1, false});
  }
  if (symbols.empty()) return;
  symbols.back().next = -1;

  std::vector<Candidate> heap;
  heap.reserve(symbols.size());
  const auto consider = [&](int32_t position) {
    if (position < 0 || symbols[position].next < 0) return;
    const Merge* merge = find(symbols[position].id, symbols[symbols[position].next].id);
    if (merge == nullptr) return;
    heap.push_back({merge->rank, position, merge->result});
    std::push_heap(heap.begin(), heap.end(), comes_later);
  };
  for (size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<int32_t>(i));

  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), comes_later);
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[best.position];
    if (left.gone || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    // A candidate is stale once one of its two symbols has merged with another neighbour.
    const Merge* merge = find(left.id, right.id);
    if (merge == nullptr || merge->result != best.result) continue;
    left.id = best.result;
    left.next = right.next;
    right.gone = true;
    if (left.next >= 0) symbols[left.next].previous = best.position;
    consider(left.previous);
    consider(best.position);
  }
  for (int32_t i = 0; i >= 0; i = symbols[i].next) ids.push_back(symbols[i].id);
}

}  // namespace puente
