// GgufCursor: walks along the bytes of a GGUF file and believes no length before it is checked.
// Private to the reader (gguf.cpp, gguf_metadata.cpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "formats/csv.h"

namespace puente {

static_assert(std::endian::native == std::endian::little, "GGUF numbers are little-endian");

class GgufCursor {
 public:
  GgufCursor(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  size_t position() const { return position_; }
  std::span<const std::byte> rest() const { return bytes_.subspan(position_); }
  const std::string& source() const { return source_; }

  /// The next `count` elements of `size` bytes each; `what` they are, for the message: UserError
  /// where the file has fewer.
  std::span<const std::byte> take(uint64_t count, uint64_t size, std::string_view what) {
    const size_t left = bytes_.size() - position_;
    if (count > left / size) {
      fail(
          "{}: is cut short or damaged: at byte {}, {} should be {} times {} bytes long, and {} "
          "are "
          "left; download it again",
          source_, position_, quoted_excerpt(what, 100), count, size, left);
    }
    const auto part = bytes_.subspan(position_, static_cast<size_t>(count * size));
    position_ += part.size();
    return part;
  }

  template <class T>
  T number(std::string_view what) {
    T value;
    std::memcpy(&value, take(1, sizeof value, what).data(), sizeof value);
    return value;
  }

  /// A length of 8 bytes, then so many bytes.
  std::string_view text(std::string_view what) {
    const auto length = number<uint64_t>(what);
    const auto part = take(length, 1, what);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& source_;
  size_t position_ = 0;
};

}  // namespace puente
