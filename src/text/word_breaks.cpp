#include "text/word_breaks.h"

#include <unicode/brkiter.h>
#include <unicode/uscript.h>
#include <unicode/utext.h>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {

struct WordBreaks::Impl {
  std::unique_ptr<icu::BreakIterator> iterator;
};

WordBreaks::WordBreaks() : impl_(std::make_unique<Impl>()) {
  UErrorCode status = U_ZERO_ERROR;
  impl_->iterator.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  PUENTE_ASSERT(U_SUCCESS(status));
}
WordBreaks::~WordBreaks() = default;
WordBreaks::WordBreaks(WordBreaks&&) noexcept = default;

std::vector<std::string_view> WordBreaks::words_of(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  UText view = UTEXT_INITIALIZER;
  utext_openUTF8(&view, text.data(), static_cast<int64_t>(text.size()), &status);
  icu::BreakIterator& iterator = *impl_->iterator;
  iterator.setText(&view, status);
  PUENTE_ASSERT(U_SUCCESS(status));
  std::vector<std::string_view> words;
  int32_t begin = iterator.first();
  for (int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    if (iterator.getRuleStatus() >= UBRK_WORD_LETTER) {
      words.push_back(text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)));
    }
    begin = end;
  }
  utext_close(&view);
  return words;
}

std::string script_of(std::string_view word) {
  for (const char32_t c : decode_utf8(word)) {
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
    if (U_FAILURE(status) || script == USCRIPT_COMMON || script == USCRIPT_INHERITED) continue;
    return uscript_getName(script);
  }
  return "Common";
}

}  // namespace puente
