#include "base/trimmed.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

TEST(Trimmed, BlanksAtBothEndsAndNoOthers) {
  EXPECT_EQ(trimmed(" \t\r\n\v\fa b\t"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\xc2\xa0"), "\xc2\xa0");  // a no-break space is text
}

}  // namespace
}  // namespace puente
