// VectorCache: the vectors of the pictures and texts that were computed last, by the hash of their
// content, so that a page on which one half of a record is changed need not compute the other
// again. In memory only, and no content is kept.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace puente {

/// Used by several threads.
class VectorCache {
 public:
  /// At most `entries` vectors; 0: none is kept.
  explicit VectorCache(size_t entries) : entries_(entries) {}

  struct Entry {
    std::vector<float> vector;
    int64_t tokens = 0;       // of a text
    int64_t full_tokens = 0;  // before truncation
  };
  std::optional<Entry> find(const Digest& digest);
  void put(const Digest& digest, Entry entry);

 private:
  using Order = std::list<std::pair<Digest, Entry>>;  // the one used last comes first

  std::mutex mutex_;
  const size_t entries_;
  Order order_;
  std::unordered_map<Digest, Order::iterator> places_;
};

}  // namespace puente
