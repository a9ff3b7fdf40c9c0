#include "text/bert_tokenizer.h"

#include <chrono>
#include <gtest/gtest.h>
#include <sstream>

#include "support/files.h"
#include "text/golden_tokens.h"

namespace puente {
namespace {

using test::expect_golden;
using test::expect_user_error;
using test::golden;
using test::kNoLimit;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;

TEST(BertTokenizer, LowerCaseGivesTransformersIds) {
  expect_golden(BertTokenizer(golden("bert_tokens/uncased")), golden("bert_tokens/uncased.json"));
}

TEST(BertTokenizer, CasedGivesTransformersIds) {
  expect_golden(BertTokenizer(golden("bert_tokens/cased")), golden("bert_tokens/cased.json"));
}

TEST(BertTokenizer, LowerCaseWithAccentsGivesTransformersIds) {
  expect_golden(BertTokenizer(golden("bert_tokens/accents")), golden("bert_tokens/accents.json"));
}

TEST(BertTokenizer, TokenizerJsonGivesTransformersIds) {
  expect_golden(BertTokenizer(golden("bert_tokens/tokenizer_json")),
                golden("bert_tokens/cased.json"));
}

TEST(BertTokenizer, RealVocabularyGivesPublishedIds) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "tokenizers/bert");
  const BertTokenizer tokenizer(folder);
  EXPECT_EQ(tokenizer.vocabulary_size(), 30522);
  constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";
  const std::string texts = test::read_text(folder / "ggml-vocab-bert-bge.gguf.inp");
  std::istringstream lines(test::read_text(folder / "ggml-vocab-bert-bge.gguf.out"));
  size_t begin = 0;
  int cases = 0;
  for (std::string line; std::getline(lines, line); ++cases) {
    const size_t end = std::min(texts.find(kSeparator, begin), texts.size());
    std::istringstream numbers(line);
    Ids expected = {101};
    for (int32_t id; numbers >> id;) expected.push_back(id);
    expected.push_back(102);
    const std::string text = texts.substr(begin, end - begin);
    EXPECT_EQ(tokenizer.encode(text, kNoLimit).ids, expected) << text;
    begin = end + kSeparator.size();
  }
  EXPECT_EQ(cases, 46);
}

class SmallBert : public ::testing::Test {
 protected:
  SmallBert() {
    folder_.file("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nskin\n##s\nskins\n##sx\n-\n");
  }
  TemporaryFolder folder_;
};

TEST_F(SmallBert, LongestPieceFirst) {
  const BertTokenizer tokenizer(folder_.path());
  EXPECT_EQ(tokenizer.vocabulary_size(), 10);
  EXPECT_EQ(tokenizer.encode("Skins skin", 9).ids, (Ids{2, 7, 5, 3}));
  EXPECT_EQ(tokenizer.encode("skinss-skinsx", 9).ids, (Ids{2, 7, 6, 9, 1, 3}));  // no way back
  EXPECT_EQ(tokenizer.encode("sk\u00ednsq skin", 9).ids, (Ids{2, 1, 5, 3}));
  EXPECT_EQ(tokenizer.encode("", 9).ids, (Ids{2, 3}));
}

TEST_F(SmallBert, SpecialTokensInsideAText) {
  const BertTokenizer tokenizer(folder_.path());
  EXPECT_EQ(tokenizer.encode("skin[MASK]s [SEP]", 9).ids, (Ids{2, 5, 4, 1, 3, 3}));
  EXPECT_EQ(tokenizer.encode("[mask]", 9).ids, (Ids{2, 1, 1, 1, 3}));  // as it is written only
}

TEST_F(SmallBert, AnAddedTokenMakesTheVocabularyLarger) {
  folder_.file("added_tokens.json", R"({"Age":10})");
  const BertTokenizer tokenizer(folder_.path());
  EXPECT_EQ(tokenizer.vocabulary_size(), 11);
  EXPECT_EQ(tokenizer.encode("skin AGE-", 9).ids, (Ids{2, 5, 10, 9, 3}));
}

TEST_F(SmallBert, InvalidUtf8CountsAsReplacementCharacterWhichBertDrops) {
  const BertTokenizer tokenizer(folder_.path());
  EXPECT_EQ(tokenizer.encode("ski\xffn", 9).ids, (Ids{2, 5, 3}));
}

TEST_F(SmallBert, Truncation) {
  const BertTokenizer tokenizer(folder_.path());
  const std::string_view text = "skin skins - skin";
  EXPECT_EQ(tokenizer.encode(text, 4).ids, (Ids{2, 5, 7, 3}));
  EXPECT_EQ(tokenizer.encode(text, 4, Truncate::start).ids, (Ids{2, 9, 5, 3}));
  EXPECT_EQ(tokenizer.encode(text, 2, Truncate::start).ids, (Ids{2, 3}));
  EXPECT_EQ(tokenizer.encode(text, 6, Truncate::error).ids.size(), 6u);
  EXPECT_TRUE(tokenizer.encode(text, 5).truncated());
  EXPECT_FALSE(tokenizer.encode(text, 6).truncated());
  expect_user_error([&] { tokenizer.encode(text, 5, Truncate::error); },
                    "a text has 6 tokens and the model reads 5");
  expect_user_error([&] { tokenizer.encode("", 1); }, "room for 1 tokens");
}

TEST_F(SmallBert, LongTextsTakeLinearTime) {
  const BertTokenizer tokenizer(folder_.path());
  for (const std::string_view part :
       {"skins ", "x", "[", "-\u0301", "skinsssssssssss ", "\u76ae"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += part;
    const auto begin = std::chrono::steady_clock::now();
    const TokenizedText got = tokenizer.encode(text, 512);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(got.ids.size(), part == "x" ? 3u : 512u);
    EXPECT_LT(seconds.count(), 5) << part;  // tens of milliseconds on a quiet machine
  }
}

TEST(BertTokenizer, ThreadsShareOne) {
  const BertTokenizer tokenizer(golden("bert_tokens/uncased"));
  test::expect_threads_agree(tokenizer, "The optic disc e\u0301 is normal [MASK].");
}

}  // namespace
}  // namespace puente
