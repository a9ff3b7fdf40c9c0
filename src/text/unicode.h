// Text as code points, and the few Unicode operations that tokenizers are defined by. ICU does the
// work; nothing of it shows here. Code points newer than the tables of Hugging Face's tokenizers
// library 0.19 (categories of Unicode 14, normalisation of Unicode 9) count as unassigned, so that
// ids neither differ from that library's nor change with ICU.
#pragma once

#include <string>
#include <string_view>

namespace puente {

/// UTF-8 to code points. Each maximal invalid part becomes one U+FFFD, as in Python's
/// bytes.decode(errors="replace").
std::u32string decode_utf8(std::string_view text);

/// Appends `c` as UTF-8. `c` must be a Unicode scalar value.
void append_utf8(char32_t c, std::string& out);
std::string encode_utf8(std::u32string_view text);

/// Normalisation forms C and D.
std::u32string to_nfc(std::u32string text);
std::u32string to_nfd(std::u32string text);

/// Lower case of each code point by itself, as Rust's char::to_lowercase: no context (a final sigma
/// stays U+03C3), and only U+0130 becomes two.
std::u32string to_lower(std::u32string_view text);

/// Every run of white space becomes one space.
std::u32string collapse_whitespace(std::u32string_view text);

bool is_letter(char32_t c);      // \p{L}
bool is_number(char32_t c);      // \p{N}
bool is_whitespace(char32_t c);  // \s: the property White_Space

/// Which of the three above a code point is, or none.
enum class CharKind { letter, number, space, other };
CharKind kind_of(char32_t c);

/// Categories as Unicode 8 had them, which is what that library's BERT goes by.
namespace unicode_8 {
bool is_other(char32_t c);            // Cc, Cf and Co: controls, formats, private use
bool is_punctuation(char32_t c);      // P
bool is_nonspacing_mark(char32_t c);  // Mn
}  // namespace unicode_8

}  // namespace puente
