#include "audit/near_hashes.h"

#include <bit>
#include <gtest/gtest.h>
#include <set>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace puente {
namespace {

using Pairs = std::set<std::pair<int32_t, int32_t>>;

Pairs near_by_index(const std::vector<uint64_t>& hashes, int bits) {
  Pairs pairs;
  for_near_hashes(hashes, bits, [&](int32_t a, int32_t b) {
    EXPECT_LT(a, b);
    EXPECT_TRUE(pairs.emplace(a, b).second) << a << " " << b << " came twice";
  });
  return pairs;
}

Pairs near_by_looking(const std::vector<uint64_t>& hashes, int bits) {
  Pairs pairs;
  for (size_t a = 0; a < hashes.size(); ++a) {
    for (size_t b = a + 1; b < hashes.size(); ++b) {
      if (std::popcount(hashes[a] ^ hashes[b]) <= bits) pairs.emplace(a, b);
    }
  }
  return pairs;
}

TEST(NearHashes, AreThoseOfLookingAtAllPairs) {
  Rng rng(1);
  // Of families: copies with some bits turned, in every part.
  std::vector<uint64_t> hashes;
  for (int family = 0; family < 60; ++family) {
    const uint64_t parent = rng.next();
    for (int child = 0; child < 12; ++child) {
      uint64_t hash = parent;
      for (uint64_t turned = rng.below(12); turned > 0; --turned)
        hash ^= uint64_t{1} << rng.below(64);
      hashes.push_back(hash);
    }
  }
  for (const int bits : {0, 1, 3, 8, 11}) {
    const Pairs expected = near_by_looking(hashes, bits);
    EXPECT_GT(expected.size(), 20u);
    EXPECT_EQ(near_by_index(hashes, bits), expected) << bits;
  }
}

TEST(NearHashes, NothingAmongNone) {
  EXPECT_TRUE(near_by_index({}, 11).empty());
  EXPECT_TRUE(near_by_index({5}, 11).empty());
  EXPECT_EQ(near_by_index({5, 5, 5}, 0).size(), 3u);
}

}  // namespace
}  // namespace puente
