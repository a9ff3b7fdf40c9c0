#include "serve/page.h"

#include <span>

#include "base/hash.h"
#include "serve/base64.h"

namespace puente::serve {
namespace {

/// " 'sha256-...'" of what stands in every <tag ...>...</tag>.
std::string hashes_of(std::string_view html, std::string_view tag) {
  const std::string open = "<" + std::string(tag), close = "</" + std::string(tag);
  std::string hashes;
  for (size_t at = html.find(open); at != html.npos; at = html.find(open, at)) {
    at += open.size();
    if (at < html.size() && html[at] != '>' && html[at] != ' ' && html[at] != '\n') continue;
    const size_t begin = html.find('>', at);
    if (begin == html.npos) break;
    const size_t end = html.find(close, begin);
    if (end == html.npos) break;
    const Digest digest = sha256(html.substr(begin + 1, end - begin - 1));
    hashes += " 'sha256-" + to_base64(std::as_bytes(std::span(digest.bytes))) + "'";
    at = end;
  }
  return hashes.empty() ? " 'none'" : hashes;
}

}  // namespace

std::string content_security_policy(std::string_view html) {
  return "default-src 'none'; script-src" + hashes_of(html, "script") + "; style-src" +
         hashes_of(html, "style") +
         "; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

std::vector<std::pair<std::string, std::string>> security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cache-Control", "no-store"}};
}

std::string_view placeholder_page() {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<title>puente</title></head><body><h1>puente</h1>"
         "<p>This program was built without its page: that takes Node.js when it is built "
         "(<code>scripts/build</code>).</p>"
         "<p>The API is there all the same: <a href=\"/openapi.json\">/openapi.json</a></p>"
         "</body></html>\n";
}

}  // namespace puente::serve
