// Matrix: a row-major owner of numbers, and MatrixView: a borrowed window on one.
// For storage and passing across borders, not for arithmetic (see tensor/).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace puente {

/// Borrowed [rows, cols], row i starts at data + i * stride (stride in elements, >= cols).
template <class T>
struct MatrixView {
  T* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t stride = 0;

  T* row(int64_t i) const { return data + i * stride; }
  std::span<T> row_span(int64_t i) const { return {row(i), static_cast<size_t>(cols)}; }
  operator MatrixView<const T>() const { return {data, rows, cols, stride}; }
};

/// Allocates on 64-byte boundaries, so that the widest vector loads never straddle a cache line.
/// Aligns by hand within a plain block: glibc 2.36's aligned allocation does not use freed blocks
/// again, so that memory would grow where large matrices come and go.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr size_t kAlignment = 64;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(size_t n) {
    if (n > (SIZE_MAX - kAlignment) / sizeof(T)) throw std::bad_alloc();
    auto* block = static_cast<std::byte*>(::operator new(n * sizeof(T) + kAlignment));
    // operator new gives 16-byte boundaries, so there is room for its address before the aligned
    // place.
    std::byte* place = block + kAlignment - reinterpret_cast<uintptr_t>(block) % kAlignment;
    std::memcpy(place - sizeof block, &block, sizeof block);
    return reinterpret_cast<T*>(place);
  }
  void deallocate(T* p, size_t) {
    std::byte* block = nullptr;
    std::memcpy(&block, reinterpret_cast<std::byte*>(p) - sizeof block, sizeof block);
    ::operator delete(block);
  }
  template <class U>
  bool operator==(const AlignedAllocator<U>&) const {
    return true;
  }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Owner of a contiguous [rows, cols]; new elements are zero.
template <class T>
class BasicMatrix {
 public:
  BasicMatrix() = default;
  BasicMatrix(int64_t rows, int64_t cols)
      : rows_(rows), cols_(cols), values_(static_cast<size_t>(rows * cols)) {}

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  int64_t size() const { return rows_ * cols_; }
  bool empty() const { return values_.empty(); }

  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  T* row(int64_t i) { return data() + i * cols_; }
  const T* row(int64_t i) const { return data() + i * cols_; }
  std::span<T> row_span(int64_t i) { return {row(i), static_cast<size_t>(cols_)}; }
  std::span<const T> row_span(int64_t i) const { return {row(i), static_cast<size_t>(cols_)}; }
  T& operator()(int64_t i, int64_t j) { return row(i)[j]; }
  const T& operator()(int64_t i, int64_t j) const { return row(i)[j]; }

  MatrixView<T> view() { return {data(), rows_, cols_, cols_}; }
  MatrixView<const T> view() const { return {data(), rows_, cols_, cols_}; }
  operator MatrixView<const T>() const { return view(); }

  bool operator==(const BasicMatrix& other) const = default;

 private:
  int64_t rows_ = 0;
  int64_t cols_ = 0;
  AlignedVector<T> values_;
};

using Matrix = BasicMatrix<float>;

}  // namespace puente
