// Text as a row of words, to look for one text inside another whatever its case, its punctuation
// and its Unicode form. Not for tokenizers.
#pragma once

#include <string>
#include <string_view>

namespace puente {

/// The words of a text, case-folded (Unicode's NFKC_Casefold), with a space before, between and
/// after them: "COVID-19" becomes " covid 19 ", a text without words "". A word is a run of
/// letters, marks and numbers; a character of a script that is written without spaces (Han, Kana,
/// Thai ...) is a word by itself. So b's words stand in a's exactly if a contains b as a string.
std::string to_words(std::string_view text);

}  // namespace puente
