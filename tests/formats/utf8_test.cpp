#include "formats/utf8.h"

#include <gtest/gtest.h>
#include <string>

namespace puente {
namespace {

TEST(Utf8, AcceptsEveryLength) {
  for (const std::string text : {"", "a", "é", "東", "😀", "\x7f", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(valid_utf8_prefix(text), text.size());
  }
}

TEST(Utf8, RefusesWhatTheStandardRefuses) {
  for (const std::string bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
                                "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                                "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xe9t", "\xe2\x28\xa1"}) {
    EXPECT_EQ(valid_utf8_prefix("abc" + bad), 3u) << testing::PrintToString(bad);
  }
}

TEST(Utf8, Windows1252OnlyWhereItIsNotUtf8) {
  EXPECT_EQ(windows_1252_unless_utf8("n\xe3o"), "n\xc3\xa3o");
  EXPECT_FALSE(windows_1252_unless_utf8("n\xc3\xa3o"));
  EXPECT_FALSE(windows_1252_unless_utf8(""));
  EXPECT_FALSE(windows_1252_unless_utf8("\xe3\x81"));  // 0x81 is not assigned
  EXPECT_EQ(without_byte_order_mark("\xef\xbb\xbf"
                                    "a"),
            "a");
  EXPECT_EQ(without_byte_order_mark("a\xef\xbb\xbf"), "a\xef\xbb\xbf");
}

TEST(Utf8, FindsTheByteAtAnyOffset) {
  for (size_t at = 0; at < 200; ++at) {
    std::string text(200, 'x');
    EXPECT_EQ(valid_utf8_prefix(text), 200u);
    text[at] = '\xff';
    EXPECT_EQ(valid_utf8_prefix(text), at);
  }
}

}  // namespace
}  // namespace puente
