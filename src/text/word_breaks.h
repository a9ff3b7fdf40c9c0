// Where a text's words are, as a reader of its language sees them. words.h, which looks for one
// text in another, cuts more simply.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace puente {

/// Not for several threads at once.
class WordBreaks {
 public:
  WordBreaks();
  ~WordBreaks();
  WordBreaks(WordBreaks&&) noexcept;

  /// The words of `text` (UTF-8), as Unicode's annex 29 breaks it and, where words have no spaces
  /// between them (Chinese, Japanese, Thai ...), ICU's dictionaries. Numbers and punctuation are no
  /// words. Valid as long as `text`.
  std::vector<std::string_view> words_of(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The script that a word's first letter is of: "Latin", "Cyrillic", "Han"; "Common" without one.
std::string script_of(std::string_view word);

}  // namespace puente
