#include "base/base64.h"

#include <gtest/gtest.h>
#include <utility>

#include "base/rng.h"

namespace puente {
namespace {

std::span<const std::byte> plain_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Base64, IsRfc4648s) {
  const std::pair<std::string_view, std::string> pairs[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"},
                                                            {"\xfb\xff", "+/8="}};
  for (const auto& [plain, text] : pairs) {
    EXPECT_EQ(to_base64(plain_bytes(plain)), text);
    const auto back = from_base64(text);
    ASSERT_TRUE(back.has_value()) << text;
    EXPECT_EQ(*back, plain) << text;
  }
}

TEST(Base64, ComesBackAsItWas) {
  Rng rng(1);
  for (size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& b : bytes) b = static_cast<char>(rng.below(256));
    EXPECT_EQ(from_base64(to_base64(plain_bytes(bytes))), bytes);
  }
}

TEST(Base64, OtherTextIsNone) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm 8", "Zm8\n", "Zm9-",
                           "Zh==", "Zm9=", "Z=9v", "=Zg=", "Zm9v=", "\xc3\xa4\xc3\xa4"}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace puente
