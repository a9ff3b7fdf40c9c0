// The bytes of small GGUF files, right or wrong, for the reader's tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf_metadata.h"

namespace puente::test {

template <class T>
std::string raw(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline std::string gguf_text(std::string_view text) {
  return raw<uint64_t>(text.size()) + std::string(text);
}

inline std::string type_code(GgufType type) { return raw(static_cast<uint32_t>(type)); }

/// A metadata pair whose value has these bytes.
inline std::string pair_of(std::string_view key, GgufType type, const std::string& value) {
  return gguf_text(key) + type_code(type) + value;
}

inline std::string array_of(std::string_view key, GgufType item, uint64_t count,
                            const std::string& items) {
  return pair_of(key, GgufType::kArray, type_code(item) + raw(count) + items);
}

/// An entry of the table of tensors; `sizes` as the file has them, the fastest first.
inline std::string entry_of(std::string_view name, std::initializer_list<uint64_t> sizes,
                            uint32_t type, uint64_t offset) {
  std::string bytes = gguf_text(name) + raw(static_cast<uint32_t>(sizes.size()));
  for (const uint64_t size : sizes) bytes += raw(size);
  return bytes + raw(type) + raw(offset);
}

struct GgufBytes {
  std::vector<std::string> pairs = {};
  std::vector<std::string> entries = {};
  std::string data = {};
  size_t alignment = 32;
  uint32_t version = 3;

  std::string str() const {
    std::string bytes =
        "GGUF" + raw(version) + raw<uint64_t>(entries.size()) + raw<uint64_t>(pairs.size());
    for (const std::string& pair : pairs) bytes += pair;
    for (const std::string& entry : entries) bytes += entry;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    return bytes + data;
  }
};

}  // namespace puente::test
