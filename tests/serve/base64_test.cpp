#include "serve/base64.h"

#include <gtest/gtest.h>

namespace puente::serve {
namespace {

/// RFC 4648, section 10.
TEST(Base64, HasTheVectorsOfItsRfc) {
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, base64] : known) {
    EXPECT_EQ(to_base64(std::as_bytes(std::span(std::string_view(text)))), base64);
    EXPECT_EQ(from_base64(base64), text);
  }
  const std::string bytes("\xff\x00\xfb\xef\xbe", 5);
  EXPECT_EQ(to_base64(std::as_bytes(std::span(bytes))), "/wD7774=");
  EXPECT_EQ(from_base64("/wD7774="), bytes);
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Zm9-", "Zm 9", "Zm9v\n",
                           "====", "=Zg=", "Z===", "Zh==", "Zm9=", "Zm9v=", "\xc3\xa4\xc3\xa4"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace puente::serve
