#include "base/hash.h"

#include <fmt/format.h>
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
  const int ok = EVP_Digest(data.data(), data.size(), digest.bytes.data(), &size, EVP_sha256(),
                            nullptr);
  PUENTE_ASSERT(ok == 1 && size == digest.bytes.size());
  return digest;
}

Digest sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

Digest sha256_file(const std::filesystem::path& path) { return sha256(MappedFile(path).bytes()); }

}  // namespace puente
