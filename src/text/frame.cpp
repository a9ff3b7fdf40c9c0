#include "text/frame.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {
namespace {

std::string excerpt(std::u32string_view text) {
  constexpr size_t kShown = 40;
  std::u32string shown = collapse_whitespace(text.substr(0, kShown));
  std::erase_if(shown, [](char32_t c) { return c < 0x20 || c == 0x7f; });
  return encode_utf8(shown) + (text.size() > kShown ? "..." : "");
}

}  // namespace

TokenizedText frame(const std::vector<int32_t>& inner, std::optional<int32_t> start,
                    std::optional<int32_t> end, int64_t max_tokens, Truncate truncate,
                    std::u32string_view text) {
  const int64_t framing = (start ? 1 : 0) + (end ? 1 : 0);
  if (max_tokens < std::max<int64_t>(framing, 1)) {
    const char* what = start && end ? "the start and the end token"
                       : start      ? "the start token"
                       : end        ? "the end token"
                                    : "one token";
    fail("a text model with room for {} tokens cannot hold even {}", max_tokens, what);
  }
  TokenizedText result;
  result.full_length = static_cast<int64_t>(inner.size()) + framing;
  if (result.full_length > max_tokens && truncate == Truncate::error) {
    fail_too_long(result.full_length, max_tokens, text);
  }
  result.length = std::min(result.full_length, max_tokens);
  const int64_t kept = result.length - framing;
  const auto first = truncate == Truncate::start ? inner.end() - kept : inner.begin();
  result.ids.reserve(static_cast<size_t>(result.length));
  if (start) result.ids.push_back(*start);
  result.ids.insert(result.ids.end(), first, first + kept);
  if (end) result.ids.push_back(*end);
  return result;
}

void fail_too_long(int64_t full_length, int64_t max_tokens, std::u32string_view text) {
  fail(
      "a text has {} tokens and the model reads {}: shorten it, or let it be truncated at the end "
      "or the start: '{}'",
      full_length, max_tokens, excerpt(text));
}

}  // namespace puente
