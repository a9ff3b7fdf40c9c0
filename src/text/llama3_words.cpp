#include "text/llama3_words.h"

#include <algorithm>

#include "base/error.h"
#include "text/unicode.h"

namespace puente {
namespace {

/// For letters of English contractions alone. The long s is an s in another case too.
char32_t any_case(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + (U'a' - U'A');
  return c == U'\u017f' ? U's' : c;
}

/// Length of 's 't 're 've 'm 'll 'd in any case of letters at the start of `text`, or 0.
size_t any_case_contraction_length(std::u32string_view text) {
  if (text.front() != U'\'') return 0;
  for (const std::u32string_view ending : {U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"}) {
    const std::u32string_view here = text.substr(1, ending.size());
    const auto same = [](char32_t a, char32_t b) { return any_case(a) == b; };
    if (std::ranges::equal(here, ending, same)) return 1 + ending.size();
  }
  return 0;
}

bool is_line_break(char32_t c) { return c == U'\r' || c == U'\n'; }

/// How many of `text` from `begin` on are of that kind.
size_t run_length(std::u32string_view text, size_t begin, CharKind kind) {
  const auto rest = text.substr(begin);
  return static_cast<size_t>(
      std::ranges::find_if(rest, [&](char32_t c) { return kind_of(c) != kind; }) - rest.begin());
}

/// Of white space: up to its last line break; else all but the character before the next word,
/// which that takes where it is a space.
size_t space_length(std::u32string_view text) {
  const size_t run = run_length(text, 0, CharKind::space);
  for (size_t length = run; length > 0; --length) {
    if (is_line_break(text[length - 1])) return length;
  }
  return run == text.size() || run == 1 ? run : run - 1;
}

}  // namespace

size_t llama3_word_length(std::u32string_view text) {
  PUENTE_ASSERT(!text.empty());
  if (const size_t length = any_case_contraction_length(text); length > 0) return length;
  const CharKind kind = kind_of(text.front());
  if (kind == CharKind::letter) return run_length(text, 0, CharKind::letter);
  if (kind == CharKind::number) {
    return std::min<size_t>(run_length(text.substr(0, 3), 0, CharKind::number), 3);
  }
  if (!is_line_break(text.front())) {
    if (const size_t letters = run_length(text, 1, CharKind::letter); letters > 0) {
      return 1 + letters;
    }
  }
  const size_t begin = text.front() == U' ' ? 1 : 0;
  if (const size_t others = run_length(text, begin, CharKind::other); others > 0) {
    size_t length = begin + others;
    while (length < text.size() && is_line_break(text[length])) ++length;
    return length;
  }
  return space_length(text);
}

}  // namespace puente
