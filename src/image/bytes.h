// Whole numbers out of bytes in either order. The caller has checked that they are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace puente::image_detail {

inline uint32_t byte_at(std::span<const std::byte> bytes, size_t at) {
  return std::to_integer<uint32_t>(bytes[at]);
}

inline uint32_t big16(std::span<const std::byte> bytes, size_t at) {
  return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}
inline uint32_t big32(std::span<const std::byte> bytes, size_t at) {
  return big16(bytes, at) << 16 | big16(bytes, at + 2);
}
inline uint32_t little16(std::span<const std::byte> bytes, size_t at) {
  return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8;
}
inline uint32_t little24(std::span<const std::byte> bytes, size_t at) {
  return little16(bytes, at) | byte_at(bytes, at + 2) << 16;
}
inline uint32_t little32(std::span<const std::byte> bytes, size_t at) {
  return little16(bytes, at) | little16(bytes, at + 2) << 16;
}

/// True if `bytes` holds `text` at `at`.
inline bool has_text(std::span<const std::byte> bytes, size_t at, std::string_view text) {
  if (at > bytes.size() || bytes.size() - at < text.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (byte_at(bytes, at + i) != static_cast<uint8_t>(text[i])) return false;
  }
  return true;
}

}  // namespace puente::image_detail
