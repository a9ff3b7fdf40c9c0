#include "text/unicode.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

TEST(Unicode, DecodesAndEncodesEveryLength) {
  const std::string text = "a\u00e9\u76ae\U0001f600";
  EXPECT_EQ(decode_utf8(text), U"a\u00e9\u76ae\U0001f600");
  EXPECT_EQ(encode_utf8(U"a\u00e9\u76ae\U0001f600"), text);
  EXPECT_EQ(decode_utf8(std::string_view("a\0b", 3)), std::u32string_view(U"a\0b", 3));
}

// The expected values are Python's bytes.decode("utf-8", "replace").
TEST(Unicode, InvalidBytesBecomeReplacementCharacters) {
  EXPECT_EQ(decode_utf8("\xff"), U"\ufffd");
  EXPECT_EQ(decode_utf8("caf\xe9 au"), U"caf\ufffd au");
  EXPECT_EQ(decode_utf8("\xe2\x82"), U"\ufffd");    // cut short: one for the whole part
  EXPECT_EQ(decode_utf8("\xe2\x82x"), U"\ufffdx");  // and what follows survives
  EXPECT_EQ(decode_utf8("\xf0\x9f\x98"), U"\ufffd");
  EXPECT_EQ(decode_utf8("\xc0\xaf"), U"\ufffd\ufffd");                      // overlong
  EXPECT_EQ(decode_utf8("\xed\xa0\x80"), U"\ufffd\ufffd\ufffd");            // a surrogate
  EXPECT_EQ(decode_utf8("\xf4\x90\x80\x80"), U"\ufffd\ufffd\ufffd\ufffd");  // above U+10FFFF
  EXPECT_EQ(decode_utf8("\x80\x80"), U"\ufffd\ufffd");
}

TEST(Unicode, ComposesAccentsAndHangul) {
  EXPECT_EQ(to_nfc(U"e\u0301"), U"\u00e9");
  EXPECT_EQ(to_nfc(U"q\u0307\u0323"), U"q\u0323\u0307");
  EXPECT_EQ(to_nfc(U"\u1112\u1161\u11ab"), U"\ud55c");
  EXPECT_EQ(to_nfc(U"\u212b"), U"\u00c5");
  EXPECT_EQ(to_nfc(U""), U"");
  EXPECT_EQ(to_nfc(U"\U0001f600\u00e9"), U"\U0001f600\u00e9");
  // U+1DF6 came with Unicode 10; it would move behind U+0301 if its class were known.
  EXPECT_EQ(to_nfc(U"x\u1df6\u0301"), U"x\u1df6\u0301");
}

TEST(Unicode, DecomposesAccentsAndHangul) {
  EXPECT_EQ(to_nfd(U"\u00e9A"), U"e\u0301A");
  EXPECT_EQ(to_nfd(U"q\u0307\u0323"), U"q\u0323\u0307");
  EXPECT_EQ(to_nfd(U"\ud55c"), U"\u1112\u1161\u11ab");
  EXPECT_EQ(to_nfd(U"plain"), U"plain");
  EXPECT_EQ(to_nfd(U"x\u1df6\u0301"), U"x\u1df6\u0301");  // as to_nfc
  EXPECT_EQ(to_nfd(U"\U00011938"), U"\U00011938");        // came with Unicode 13
}

TEST(Unicode, LowersWithoutContext) {
  EXPECT_EQ(to_lower(U"ÀB"), U"àb");
  EXPECT_EQ(to_lower(U"\u0130I"), U"i\u0307i");
  EXPECT_EQ(to_lower(U"ΟΔΟΣ"), U"οδοσ");  // no final sigma
  EXPECT_EQ(to_lower(U"\u1e9e"), U"\u00df");
}

TEST(Unicode, CollapsesEveryKindOfWhitespace) {
  EXPECT_EQ(collapse_whitespace(U" a\t\r\n\u00a0\u3000b "), U" a b ");
  EXPECT_EQ(collapse_whitespace(U"a\u200bb"), U"a\u200bb");  // zero width space is not white space
  EXPECT_EQ(collapse_whitespace(U""), U"");
}

TEST(Unicode, ClassesAreThoseOfUnicode14) {
  EXPECT_TRUE(is_letter(U'a') && is_letter(U'\u76ae') && is_letter(U'\u00aa'));
  EXPECT_FALSE(is_letter(U'1') || is_letter(U'\u0301') || is_letter(U'_'));
  EXPECT_TRUE(is_number(U'7') && is_number(U'\u00bd') && is_number(U'\u2167'));
  EXPECT_FALSE(is_number(U'x'));
  EXPECT_TRUE(is_letter(0x1df00));   // Unicode 14
  EXPECT_FALSE(is_letter(0x11f02));  // Unicode 15
}

TEST(Unicode, ClassesOfUnicode8) {
  EXPECT_TRUE(unicode_8::is_other(0) && unicode_8::is_other(0x200b) && unicode_8::is_other(0xe000));
  EXPECT_FALSE(unicode_8::is_other(U'a') || unicode_8::is_other(0x378));  // unassigned
  EXPECT_FALSE(unicode_8::is_other(0x890));                               // a format of Unicode 14
  EXPECT_TRUE(unicode_8::is_punctuation(U'!') && unicode_8::is_punctuation(0x3002));
  EXPECT_FALSE(unicode_8::is_punctuation(U'$') || unicode_8::is_punctuation(0x2e43));
  EXPECT_TRUE(unicode_8::is_punctuation(0x166d) && unicode_8::is_punctuation(0x111c9));  // were
  EXPECT_TRUE(unicode_8::is_nonspacing_mark(0x301) && unicode_8::is_nonspacing_mark(0x1734));
  for (const char32_t c : {0x1885, 0x1886, 0xa9bd, 0x111c9, 0x1df6, 0x903}) {
    EXPECT_FALSE(unicode_8::is_nonspacing_mark(c)) << std::hex << static_cast<uint32_t>(c);
  }
}

}  // namespace
}  // namespace puente
