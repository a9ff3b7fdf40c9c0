// ZeroedArray: a fixed number of plain numbers, all zero at first, for weights. A large one comes
// straight from the system, in huge pages where the system has them: the 350 MB of CLIP B/32 touch
// 170 huge pages or 86,000 small ones, and every first touch costs a fault.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace puente {

struct FreeZeroedMemory {
  size_t mapped_bytes = 0;  // 0: not mapped
  void operator()(void* memory) const;
};

/// On a 64-byte boundary. Pages of a large block are given when they are first written.
class ZeroedMemory {
 public:
  ZeroedMemory() = default;
  explicit ZeroedMemory(size_t bytes);

  void* data() const { return memory_.get(); }

 private:
  std::unique_ptr<void, FreeZeroedMemory> memory_;
};

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 64);

 public:
  ZeroedArray() = default;
  explicit ZeroedArray(size_t size) : memory_(size * sizeof(T)), size_(size) {}
  ZeroedArray(ZeroedArray&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  ZeroedArray& operator=(ZeroedArray&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() { return static_cast<T*>(memory_.data()); }
  const T* data() const { return static_cast<const T*>(memory_.data()); }
  size_t size() const { return size_; }

 private:
  ZeroedMemory memory_;
  size_t size_ = 0;
};

}  // namespace puente
