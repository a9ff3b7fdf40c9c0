#include "serve/access.h"

#include <algorithm>
#include <openssl/crypto.h>

#include "base/error.h"
#include "base/hash.h"

namespace puente::serve {

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  return std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }) &&
         std::ranges::count(host, '.') == 3;
}

bool is_local_host_header(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    if (end == host.npos) return false;
    const std::string_view rest = host.substr(end + 1);
    return is_loopback(host.substr(1, end - 1)) && (rest.empty() || rest.front() == ':');
  }
  std::string name(host.substr(0, host.find(':')));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name != "::1" && is_loopback(name);
}

bool Token::admits(std::string_view authorization) const {
  if (!is_asked_for()) return true;
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return false;
  // Of the hashes, which are of one length whatever was sent.
  const Digest sent = sha256(authorization.substr(kScheme.size())), own = sha256(token_);
  return CRYPTO_memcmp(sent.bytes.data(), own.bytes.data(), own.bytes.size()) == 0;
}

void check_token(std::string_view token) {
  constexpr size_t kShortest = 16;
  if (token.size() < kShortest) {
    fail("the token has {} characters; give at least {}, such as `openssl rand -hex 16` prints",
         token.size(), kShortest);
  }
  if (!std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7f; })) {
    fail("the token holds a blank or a character that is not ASCII; give letters and digits");
  }
}

}  // namespace puente::serve
