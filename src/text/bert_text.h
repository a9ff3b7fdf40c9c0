// What BERT does to a text before its words are cut into pieces. Classes of characters are those of
// Unicode 8, as in Hugging Face's tokenizers library.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace puente {

struct BertNormaliser {
  bool clean = true;             // controls go, every white space becomes a space
  bool space_ideographs = true;  // Chinese characters become words of their own
  bool strip_accents = true;     // decomposed (NFD), without the marks
  bool lower_case = true;

  std::u32string operator()(std::u32string_view text) const;
};

/// Length of the word at the start of `text` (not empty): a punctuation character, or what comes
/// before the next one or white space. 0 where white space starts, which belongs to no word.
size_t bert_word_length(std::u32string_view text);

}  // namespace puente
