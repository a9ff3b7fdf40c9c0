#include "base/hash.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <string_view>

#include "base/error.h"
#include "base/mapped_file.h"

namespace puente {

std::string Digest::hex() const {
  std::string text;
  for (uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

Digest sha256(std::span<const std::byte> data) {
  Digest digest;
  unsigned int size = 0;
  const int ok =
      EVP_Digest(data.data(), data.size(), digest.bytes.data(), &size, EVP_sha256(), nullptr);
  PUENTE_ASSERT(ok == 1 && size == digest.bytes.size());
  return digest;
}

Digest sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

Digest sha256_file(const std::filesystem::path& path) {
  constexpr size_t kPart = 4 << 20;  // pages are given back as we go: model files are large
  const MappedFile file(path);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  PUENTE_ASSERT(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (size_t begin = 0; begin < file.bytes().size(); begin += kPart) {
    const auto part = file.bytes().subspan(begin, std::min(kPart, file.bytes().size() - begin));
    PUENTE_ASSERT(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    file.release(part);
  }
  Digest digest;
  PUENTE_ASSERT(EVP_DigestFinal_ex(context.get(), digest.bytes.data(), nullptr) == 1);
  return digest;
}

Digest sampled_sha256_file(const std::filesystem::path& path) {
  constexpr size_t kPieces = 64, kPieceBytes = size_t{1} << 16;
  const MappedFile file(path);
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.size() <= kPieces * kPieceBytes) return sha256(bytes);
  std::string digests = std::to_string(bytes.size());
  for (size_t i = 0; i < kPieces; ++i) {
    const size_t first = (bytes.size() - kPieceBytes) / (kPieces - 1) * i;
    digests += sha256(bytes.subspan(first, kPieceBytes)).hex();
  }
  digests += sha256(bytes.last(kPieceBytes)).hex();
  return sha256(digests);
}

}  // namespace puente
