#include "text/clip_tokenizer.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "text/golden_tokens.h"

namespace puente {
namespace {

using test::expect_golden;
using test::expect_user_error;
using test::golden;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;

TEST(ClipTokenizer, VocabAndMergesGiveTransformersIds) {
  const ClipTokenizer tokenizer(golden("clip_tokens/vocab_and_merges"));
  expect_golden(tokenizer, golden("clip_tokens/cases.json"));
}

TEST(ClipTokenizer, TokenizerJsonGivesTransformersIds) {
  const ClipTokenizer tokenizer(golden("clip_tokens/tokenizer_json"));
  expect_golden(tokenizer, golden("clip_tokens/cases.json"));
}

TEST(ClipTokenizer, OpenAIFormGivesTransformersIds) {
  const TemporaryFolder folder;
  const auto path =
      folder.file("bpe.txt", test::read_text(golden("clip_tokens/vocab_and_merges/merges.txt")));
  expect_golden(ClipTokenizer(path), golden("clip_tokens/cases.json"));
}

TEST(ClipTokenizer, RealVocabularyGivesTransformersIds) {
  PUENTE_SHARED_DATA_OR_SKIP(path, "tokenizers/clip/bpe_simple_vocab_16e6.txt.gz");
  const ClipTokenizer tokenizer(path);
  EXPECT_EQ(tokenizer.vocabulary_size(), 49408);
  EXPECT_EQ(tokenizer.start_token(), 49406);
  EXPECT_EQ(tokenizer.end_token(), 49407);
  EXPECT_EQ(tokenizer.encode("a photo of a cat", 77).ids,
            (Ids{49406, 320, 1125, 539, 320, 2368, 49407}));
  expect_golden(tokenizer, golden("clip_tokens/real.json"));
}

TEST(ClipTokenizer, InvalidUtf8CountsAsReplacementCharacter) {
  const ClipTokenizer tokenizer(golden("clip_tokens/vocab_and_merges"));
  EXPECT_EQ(tokenizer.encode("caf\xe9 au lait", 77).ids,
            tokenizer.encode("caf\ufffd au lait", 77).ids);
  EXPECT_NE(tokenizer.encode("caf\xe9", 77).ids, tokenizer.encode("caf", 77).ids);
}

TEST(ClipTokenizer, SpecialTokensThatAreNotNormalisedKeepTheirCase) {
  std::string json = test::read_text(golden("clip_tokens/tokenizer_json/tokenizer.json"));
  const std::string flag = "\"normalized\":true";
  int changed = 0;
  for (size_t at; (at = json.find(flag)) != json.npos; ++changed) {
    json.replace(at, flag.size(), "\"normalized\":false");
  }
  ASSERT_EQ(changed, 2);
  const TemporaryFolder folder;
  folder.file("tokenizer.json", json);
  const ClipTokenizer tokenizer(folder.path());
  const int32_t end = tokenizer.end_token();
  EXPECT_EQ(tokenizer.encode("<|endoftext|>", 77).ids, (Ids{tokenizer.start_token(), end, end}));
  const Ids upper = tokenizer.encode("<|ENDOFTEXT|>", 77).ids;
  EXPECT_EQ(std::count(upper.begin(), upper.end(), end), 1);
}

TEST(ClipTokenizer, TooLongIsAnErrorWhenAskedFor) {
  const ClipTokenizer tokenizer(golden("clip_tokens/vocab_and_merges"));
  EXPECT_EQ(tokenizer.encode("the the", 4, Truncate::error).ids.size(), 4u);
  expect_user_error([&] { tokenizer.encode("the\nthe the", 4, Truncate::error); },
                    "a text has 5 tokens and the model reads 4");
  expect_user_error([&] { tokenizer.encode("a", 1); }, "room for 1 tokens");
  expect_user_error([&] { tokenizer.encode("a", -5); }, "room for -5 tokens");
}

TEST(ClipTokenizer, VocabularySizeIsThatOfTheEmbeddingTable) {
  const TemporaryFolder folder;
  folder.file("vocab.json",
              R"({"a":0,"b</w>":1,"ab</w>":90,"<|startoftext|>":3,"<|endoftext|>":4})");
  folder.file("merges.txt", "#version: 0.2\na b</w>\n");
  const ClipTokenizer tokenizer(folder.path());
  EXPECT_EQ(tokenizer.vocabulary_size(), 91);
  EXPECT_EQ(tokenizer.encode("ab", 77).ids, (Ids{3, 90, 4}));
  EXPECT_EQ(tokenizer.encode("xab", 77).ids, (Ids{3, 4, 90, 4}));  // x is unknown
}

TEST(ClipTokenizer, ThreadsShareOne) {
  const ClipTokenizer tokenizer(golden("clip_tokens/vocab_and_merges"));
  test::expect_threads_agree(tokenizer, "The optic disc e\u0301 is normal.");
}

}  // namespace
}  // namespace puente
