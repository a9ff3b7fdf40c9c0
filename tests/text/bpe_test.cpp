#include "text/bpe.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "text/unicode.h"

namespace puente {
namespace {

using Merges = std::vector<std::pair<std::string, std::string>>;

/// Each token's id is its place here.
Vocabulary vocabulary_of(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  for (const std::string& token : tokens) {
    vocabulary.emplace(token, static_cast<int32_t>(vocabulary.size()));
  }
  return vocabulary;
}

std::vector<int32_t> encode(const Bpe& bpe, std::string_view word) {
  std::vector<int32_t> ids;
  bpe.encode(word, ids);
  return ids;
}

TEST(Bpe, ByteSymbolsAreOpenAIs) {
  EXPECT_EQ(byte_symbol('a'), U'a');
  EXPECT_EQ(byte_symbol(' '), U'\u0120');
  EXPECT_EQ(byte_symbol(0), U'\u0100');
  EXPECT_EQ(byte_symbol(0xad), U'\u0143');
  EXPECT_EQ(byte_symbol(0xff), U'\u00ff');
  const std::vector<std::string> order = byte_symbols_in_order();
  ASSERT_EQ(order.size(), 256u);
  EXPECT_EQ(order[0], "!");
  EXPECT_EQ(order[64], "a");  // id 64 in CLIP's vocabulary
  EXPECT_EQ(order[188], "\u0100");
  EXPECT_EQ(order[255], "\u0143");
}

TEST(Bpe, LowestRankFirstThenLeftmost) {
  //                                       0    1    2     3        4     5     6        7
  const auto vocabulary =
      vocabulary_of({"a", "b", "c", "c</w>", "ab", "bc", "bc</w>", "a</w>", "aa", "aa</w>"});
  const Bpe by_rank(vocabulary, {{"b", "c</w>"}, {"a", "b"}}, "</w>", -1, "m", 1);
  EXPECT_EQ(encode(by_rank, "abc"), (std::vector<int32_t>{0, 6}));
  const Bpe other(vocabulary, {{"a", "b"}, {"b", "c</w>"}}, "</w>", -1, "m", 1);
  EXPECT_EQ(encode(other, "abc"), (std::vector<int32_t>{4, 3}));
  const Bpe leftmost(vocabulary, {{"a", "a"}, {"a", "a</w>"}}, "</w>", -1, "m", 1);
  EXPECT_EQ(encode(leftmost, "aaaaa"), (std::vector<int32_t>{8, 8, 7}));
  EXPECT_EQ(encode(leftmost, "a"), (std::vector<int32_t>{7}));
  EXPECT_EQ(encode(leftmost, "aa"), (std::vector<int32_t>{9}));
}

TEST(Bpe, WithoutAMarkTheLastByteIsLikeTheOthers) {
  const auto vocabulary = vocabulary_of({"a", "b", "ab"});
  const Bpe bpe(vocabulary, {{"a", "b"}}, "", -1, "m", 1);
  EXPECT_EQ(encode(bpe, "ab"), (std::vector<int32_t>{2}));
  EXPECT_EQ(encode(bpe, "aba"), (std::vector<int32_t>{2, 0}));
}

TEST(Bpe, AMergeIsTwoTokensWithOneSpaceBetweenThem) {
  EXPECT_EQ(parse_merge("a bc"), (BpeMerge{"a", "bc"}));
  for (const char* text : {"", "ab", " ab", "ab ", "a b c", "a  b"}) {
    EXPECT_FALSE(parse_merge(text)) << text;
  }
}

TEST(Bpe, BytesOutsideTheVocabulary) {
  const auto vocabulary = vocabulary_of({"a", "b</w>", "?"});
  EXPECT_EQ(encode(Bpe(vocabulary, {}, "</w>", 2, "m", 1), "axb"), (std::vector<int32_t>{0, 2, 1}));
  EXPECT_EQ(encode(Bpe(vocabulary, {}, "</w>", -1, "m", 1), "axb"), (std::vector<int32_t>{0, 1}));
  EXPECT_TRUE(encode(Bpe(vocabulary, {}, "</w>", -1, "m", 1), "xx").empty());
}

TEST(Bpe, MergesMustFitTheVocabulary) {
  const auto vocabulary = vocabulary_of({"a", "b", "ab"});
  const auto build = [&](const Merges& merges) {
    return Bpe(vocabulary, merges, "</w>", -1, "m.txt", 2);
  };
  EXPECT_NO_THROW(build({{"a", "b"}}));
  test::expect_user_error(
      [&] {
        build({{"a", "b"}, {"a", "c"}});
      },
      "m.txt: merge 'a c' (line 3): 'c' is not in the vocabulary");
  test::expect_user_error([&] { build({{"b", "a"}}); }, "'ba' is not in the vocabulary");
}

TEST(Bpe, ALongWordTakesNoQuadraticTime) {
  const auto vocabulary = vocabulary_of({"a", "a</w>", "aa", "aaaa"});
  const Bpe bpe(vocabulary, {{"a", "a"}, {"aa", "aa"}}, "</w>", -1, "m", 1);
  const std::vector<int32_t> ids = encode(bpe, std::string(1000001, 'a'));
  ASSERT_EQ(ids.size(), 250001u);
  EXPECT_EQ(ids.front(), 3);
  EXPECT_EQ(ids.back(), 1);
}

}  // namespace
}  // namespace puente
