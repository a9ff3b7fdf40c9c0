#include "text/unicode.h"

#include <algorithm>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>
#include <utility>

#include "base/error.h"

namespace puente {
namespace {

// Below these, no code point composes with another, and none decomposes: such text is in form C, D.
constexpr char32_t kFirstComposing = 0x300;
constexpr char32_t kFirstDecomposing = 0xc0;

/// A normaliser as Unicode 9 knew it: what came later stays as it is.
const icu::Normalizer2* of_unicode_9(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* all = get(status);
  auto* known = new icu::UnicodeSet(icu::UnicodeString("[:age=9.0:]"), status);
  PUENTE_ASSERT(U_SUCCESS(status));
  known->freeze();
  return new icu::FilteredNormalizer2(*all, *known);  // lives as long as the program
}

std::u32string normalise(const icu::Normalizer2& normaliser, std::u32string text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto source = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                                    static_cast<int32_t>(text.size()));
  const icu::UnicodeString done = normaliser.normalize(source, status);
  PUENTE_ASSERT(U_SUCCESS(status));
  text.resize(static_cast<size_t>(done.countChar32()));
  done.toUTF32(reinterpret_cast<UChar32*>(text.data()), static_cast<int32_t>(text.size()), status);
  PUENTE_ASSERT(U_SUCCESS(status));
  return text;
}

bool all_below(std::u32string_view text, char32_t first) {
  return std::all_of(text.begin(), text.end(), [&](char32_t c) { return c < first; });
}

/// A general category as Unicode `version` had it: what came later is unassigned.
bool has_category(char32_t c, uint32_t mask, int version) {
  if ((U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) == 0) return false;
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] <= version;
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    UChar32 c = bytes[i];
    if (c < 0x80) {
      ++i;
    } else {
      U8_NEXT_OR_FFFD(bytes, i, text.size(), c);
    }
    out.push_back(static_cast<char32_t>(c));
  }
  return out;
}

void append_utf8(char32_t c, std::string& out) {
  char bytes[U8_MAX_LENGTH];
  int length = 0;
  U8_APPEND_UNSAFE(bytes, length, static_cast<uint32_t>(c));
  out.append(bytes, static_cast<size_t>(length));
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char32_t c : text) append_utf8(c, out);
  return out;
}

std::u32string to_nfc(std::u32string text) {
  static const icu::Normalizer2* const kNormaliser = of_unicode_9(icu::Normalizer2::getNFCInstance);
  if (all_below(text, kFirstComposing)) return text;
  return normalise(*kNormaliser, std::move(text));
}

std::u32string to_nfd(std::u32string text) {
  static const icu::Normalizer2* const kNormaliser = of_unicode_9(icu::Normalizer2::getNFDInstance);
  if (all_below(text, kFirstDecomposing)) return text;
  return normalise(*kNormaliser, std::move(text));
}

std::u32string to_lower(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    if (c == 0x130) {  // capital I with dot above: i and a combining dot
      out.push_back(U'i');
      out.push_back(0x307);
    } else {
      out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
    }
  }
  return out;
}

std::u32string collapse_whitespace(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  bool in_run = false;
  for (char32_t c : text) {
    const bool space = is_whitespace(c);
    if (!space) {
      out.push_back(c);
    } else if (!in_run) {
      out.push_back(U' ');
    }
    in_run = space;
  }
  return out;
}

bool is_letter(char32_t c) { return has_category(c, U_GC_L_MASK, 14); }
bool is_number(char32_t c) { return has_category(c, U_GC_N_MASK, 14); }
bool is_whitespace(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0; }

CharKind kind_of(char32_t c) {
  if (c < 0x80) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharKind::letter;
    if (c >= '0' && c <= '9') return CharKind::number;
    return c == ' ' || (c >= '\t' && c <= '\r') ? CharKind::space : CharKind::other;
  }
  if (is_letter(c)) return CharKind::letter;
  if (is_number(c)) return CharKind::number;
  return is_whitespace(c) ? CharKind::space : CharKind::other;
}

namespace unicode_8 {

bool is_other(char32_t c) { return has_category(c, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK, 8); }

// A few characters have moved to another category since.
bool is_punctuation(char32_t c) {
  return has_category(c, U_GC_P_MASK, 8) || c == 0x166d || c == 0x111c9;
}

bool is_nonspacing_mark(char32_t c) {
  if (c == 0x1885 || c == 0x1886 || c == 0xa9bd || c == 0x111c9) return false;
  return has_category(c, U_GC_MN_MASK, 8) || c == 0x1734;
}

}  // namespace unicode_8

}  // namespace puente
