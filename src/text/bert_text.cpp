#include "text/bert_text.h"

#include <algorithm>
#include <utility>

#include "text/unicode.h"

namespace puente {
namespace {

bool is_cleaned_away(char32_t c) {
  if (c >= 0x20 && c < 0x7f) return false;
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  return c == 0xfffd || unicode_8::is_other(c);
}

/// The blocks that google-research/bert calls Chinese, with the slip of Hugging Face's library: its
/// extension E starts at 2B920 rather than 2B820.
bool is_ideograph(char32_t c) {
  if (c < 0x3400) return false;
  return c <= 0x4dbf || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b81f) ||
         (c >= 0x2b920 && c <= 0x2ceaf) || (c >= 0x2f800 && c <= 0x2fa1f);
}

bool is_space(char32_t c) {
  return c < 0x80 ? c == U' ' || (c >= U'\t' && c <= U'\r') : is_whitespace(c);
}

/// All of ASCII that is neither letter, digit nor blank counts, also $ + < and so on.
bool is_punctuation(char32_t c) {
  if (c >= 0x80) return unicode_8::is_punctuation(c);
  return (c >= 0x21 && c <= 0x2f) || (c >= 0x3a && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
         (c >= 0x7b && c <= 0x7e);
}

}  // namespace

std::u32string BertNormaliser::operator()(std::u32string_view text) const {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    if (clean && is_cleaned_away(c)) continue;
    if (space_ideographs && is_ideograph(c)) {
      out.append({U' ', c, U' '});
    } else {
      out.push_back(clean && is_space(c) ? U' ' : c);
    }
  }
  if (strip_accents) {
    out = to_nfd(std::move(out));
    std::erase_if(out, [](char32_t c) { return c >= 0x300 && unicode_8::is_nonspacing_mark(c); });
  }
  return lower_case ? to_lower(out) : out;
}

size_t bert_word_length(std::u32string_view text) {
  if (is_space(text.front())) return 0;
  if (is_punctuation(text.front())) return 1;
  const auto ends = [](char32_t c) { return is_space(c) || is_punctuation(c); };
  return static_cast<size_t>(std::find_if(text.begin(), text.end(), ends) - text.begin());
}

}  // namespace puente
