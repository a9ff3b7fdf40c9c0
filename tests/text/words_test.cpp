#include "text/words.h"

#include <gtest/gtest.h>

namespace puente {
namespace {

bool names(std::string_view text, std::string_view term) {
  return to_words(text).find(to_words(term)) != std::string::npos;
}

TEST(Words, FoldedAndSeparated) {
  EXPECT_EQ(to_words("COVID-19,  ARDS."), " covid 19 ards ");
  EXPECT_EQ(to_words("dx_type"), " dx type ");
  EXPECT_EQ(to_words("...\t"), "");
  EXPECT_EQ(to_words(""), "");
  EXPECT_EQ(to_words("Stra\u00dfe \uff2d\uff25\uff2c"), " strasse mel ");  // sharp s, full width
  EXPECT_EQ(to_words("NEUMONI\u0301A"), to_words("neumon\u00eda"));
}

TEST(Words, OnlyWholeWordsAreFound) {
  EXPECT_TRUE(names("Large MELANOMA, of the back", "melanoma"));
  EXPECT_FALSE(names("melanomatosis", "melanoma"));
  EXPECT_FALSE(names("amelanoma", "melanoma"));
  EXPECT_FALSE(names("envy", "nv"));
  EXPECT_TRUE(names("(nv)", "nv"));
  EXPECT_TRUE(names("no  finding", "No Finding"));
  EXPECT_FALSE(names("finding: no", "No Finding"));
  EXPECT_FALSE(names("neumon\u00edas", "neumon\u00eda"));
}

TEST(Words, MarksBelongToTheirLetters) {
  EXPECT_EQ(to_words("\u0939\u093f\u0928\u094d\u0926\u0940"),
            " \u0939\u093f\u0928\u094d\u0926\u0940 ");  // Devanagari: vowel signs and virama
}

TEST(Words, ScriptsWithoutSpacesAreSearchedCharacterByCharacter) {
  EXPECT_TRUE(names("\u8bca\u65ad\u80ba\u708e\u3002", "\u80ba\u708e"));  // "diagnosis pneumonia."
  EXPECT_FALSE(names("\u80ba\u764c", "\u80ba\u708e"));
}

}  // namespace
}  // namespace puente
