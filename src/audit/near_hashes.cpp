#include "audit/near_hashes.h"

#include <bit>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"

namespace puente {
namespace {

constexpr int kParts = 4;
constexpr int kPartBits = 16;
constexpr int kPartBitsOff = kMostNearBits / kParts;
constexpr size_t kPartValues = size_t{1} << kPartBits;

size_t part_of(uint64_t hash, int part) { return hash >> (part * kPartBits) & (kPartValues - 1); }

bool part_is_near(uint64_t difference, int part) {
  return std::popcount(part_of(difference, part)) <= kPartBitsOff;
}

/// The hashes by the value of one part: those with value v are rows[begin[v]] .. rows[begin[v +
/// 1]].
struct Index {
  std::vector<size_t> begin;
  std::vector<int32_t> rows;

  Index(std::span<const uint64_t> hashes, int part) : begin(kPartValues + 1), rows(hashes.size()) {
    for (const uint64_t hash : hashes) ++begin[part_of(hash, part) + 1];
    for (size_t v = 0; v < kPartValues; ++v) begin[v + 1] += begin[v];
    std::vector<size_t> next(begin.begin(), begin.end() - 1);
    for (size_t i = 0; i < hashes.size(); ++i) {
      rows[next[part_of(hashes[i], part)]++] = static_cast<int32_t>(i);
    }
  }
};

}  // namespace

void for_near_hashes(std::span<const uint64_t> hashes, int bits,
                     const std::function<void(int32_t a, int32_t b)>& use) {
  PUENTE_ASSERT(bits >= 0 && bits <= kMostNearBits);
  std::vector<size_t> turns;  // a part's values that are near 0
  for (size_t value = 0; value < kPartValues; ++value) {
    if (std::popcount(value) <= kPartBitsOff) turns.push_back(value);
  }
  for (int part = 0; part < kParts; ++part) {
    const Index index(hashes, part);
    const auto look_in = [&](size_t a, size_t value) {
      for (size_t i = index.begin[value]; i < index.begin[value + 1]; ++i) {
        const auto b = static_cast<size_t>(index.rows[i]);
        if (b <= a) continue;
        const uint64_t difference = hashes[a] ^ hashes[b];
        if (std::popcount(difference) > bits) continue;
        bool seen = false;  // by an earlier part
        for (int earlier = 0; earlier < part; ++earlier) seen |= part_is_near(difference, earlier);
        if (!seen) use(static_cast<int32_t>(a), static_cast<int32_t>(b));
      }
    };
    for (size_t a = 0; a < hashes.size(); ++a) {
      if (a % 1024 == 0) check_interrupt();
      const size_t value = part_of(hashes[a], part);
      for (const size_t turned : turns) look_in(a, value ^ turned);
    }
  }
}

}  // namespace puente
