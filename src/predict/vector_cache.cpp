#include "predict/vector_cache.h"

namespace puente {

std::optional<VectorCache::Entry> VectorCache::find(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(digest);
  if (place == places_.end()) return std::nullopt;
  order_.splice(order_.begin(), order_, place->second);
  return place->second->second;
}

void VectorCache::put(const Digest& digest, Entry entry) {
  const std::lock_guard lock(mutex_);
  if (entries_ == 0 || places_.contains(digest)) return;
  order_.emplace_front(digest, std::move(entry));
  places_.emplace(digest, order_.begin());
  if (order_.size() <= entries_) return;
  places_.erase(order_.back().first);
  order_.pop_back();
}

}  // namespace puente
