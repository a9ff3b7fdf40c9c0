#include "text/token_order.h"

#include <algorithm>

#include "base/error.h"

namespace puente {
namespace {

/// Two tokens at a time, so that most comparisons are of numbers that lie side by side.
constexpr size_t kTokensPerKey = 2;

struct Entry {
  uint64_t key;
  int32_t text;
};

/// Texts that are equal up to token `depth`.
struct Group {
  size_t first;
  size_t end;
  size_t depth;
};

/// The tokens at `depth`, in an order in which the end of a text comes before any token.
uint64_t key_at(std::span<const int32_t> text, size_t depth) {
  uint64_t key = 0;
  for (size_t i = depth; i < depth + kTokensPerKey; ++i) {
    key = key << 32 | (i < text.size() ? static_cast<uint64_t>(text[i]) + 1 : 0);
  }
  return key;
}

bool text_ends_in(uint64_t key) { return (key & 0xffffffffu) == 0; }

bool comes_first(const Entry& a, const Entry& b) {
  return a.key != b.key ? a.key < b.key : a.text < b.text;
}

}  // namespace

std::vector<int32_t> lexicographic_order(std::span<const std::span<const int32_t>> texts) {
  std::vector<Entry> entries(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    for (const int32_t token : texts[i]) PUENTE_ASSERT(token >= 0);
    entries[i].text = static_cast<int32_t>(i);
  }
  std::vector<Group> open{{0, entries.size(), 0}};
  while (!open.empty()) {
    const Group group = open.back();
    open.pop_back();
    const auto first = entries.begin() + static_cast<ptrdiff_t>(group.first);
    const auto end = entries.begin() + static_cast<ptrdiff_t>(group.end);
    bool sorted = true;
    for (auto entry = first; entry != end; ++entry) {
      entry->key = key_at(texts[static_cast<size_t>(entry->text)], group.depth);
      sorted &= entry == first || comes_first(entry[-1], *entry);
    }
    if (!sorted) std::sort(first, end, comes_first);
    for (size_t i = group.first; i < group.end;) {
      const uint64_t key = entries[i].key;
      size_t next = i + 1;
      while (next < group.end && entries[next].key == key) ++next;
      if (next - i > 1 && !text_ends_in(key))
        open.push_back({i, next, group.depth + kTokensPerKey});
      i = next;
    }
  }
  std::vector<int32_t> order(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) order[i] = entries[i].text;
  return order;
}

int64_t common_prefix(std::span<const int32_t> a, std::span<const int32_t> b) {
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
}

}  // namespace puente
