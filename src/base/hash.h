// SHA-256 of bytes and files: to recognise equal inputs and to name what a run was made from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace puente {

struct Digest {
  std::array<uint8_t, 32> bytes{};

  bool operator==(const Digest&) const = default;
  std::string hex() const;
};

Digest sha256(std::span<const std::byte> data);
Digest sha256(std::string_view text);
/// Reads through a mapping; UserError if the file cannot be read.
Digest sha256_file(const std::filesystem::path& path);
/// To recognise a large file quickly: of its size and 64 pieces of it, the first and the last bytes
/// among them; of a small one, of all.
Digest sampled_sha256_file(const std::filesystem::path& path);

}  // namespace puente

template <>
struct std::hash<puente::Digest> {
  size_t operator()(const puente::Digest& digest) const {
    size_t h;
    std::memcpy(&h, digest.bytes.data(), sizeof h);
    return h;
  }
};
