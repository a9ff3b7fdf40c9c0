#include "text/words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {
namespace {

bool is_word_part(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_ALPHABETIC) != 0 ||
         (U_GET_GC_MASK(c) & (U_GC_N_MASK | U_GC_M_MASK)) != 0;
}

/// Of a script without spaces between words.
bool is_word_alone(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ||
         u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
}

}  // namespace

std::string to_words(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* folder = icu::Normalizer2::getNFKCCasefoldInstance(status);
  PUENTE_ASSERT(U_SUCCESS(status));
  const icu::UnicodeString folded = folder->normalize(
      icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())}), status);
  PUENTE_ASSERT(U_SUCCESS(status));

  std::string words;
  bool in_word = false;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (!is_word_part(c)) {
      in_word = false;
      continue;
    }
    const bool alone = is_word_alone(c);
    if (!in_word || alone) words += ' ';
    append_utf8(static_cast<char32_t>(c), words);
    in_word = !alone;
  }
  if (!words.empty()) words += ' ';
  return words;
}

}  // namespace puente
