#include "text/clip_tokenizer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::golden;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;

constexpr int64_t kNoLimit = 1 << 20;

void expect_golden(const ClipTokenizer& tokenizer, const std::filesystem::path& path) {
  const auto json = nlohmann::json::parse(test::read_text(path));
  ASSERT_GT(json["cases"].size(), 250u);
  for (const auto& one : json["cases"]) {
    const auto text = one["text"].get<std::string>();
    const TokenizedText got = tokenizer.encode(text, kNoLimit);
    EXPECT_EQ(got.ids, one["ids"].get<Ids>()) << "text: " << one["text"];
    EXPECT_EQ(got.full_length, static_cast<int64_t>(got.ids.size()));
    EXPECT_EQ(got.length, got.full_length);
    EXPECT_FALSE(got.truncated());
  }
  ASSERT_GT(json["truncated"].size(), 10u);
  for (const auto& one : json["truncated"]) {
    const auto text = one["text"].get<std::string>();
    const auto side = one["side"] == "left" ? Truncate::start : Truncate::end;
    const TokenizedText got = tokenizer.encode(text, one["max"].get<int64_t>(), side);
    EXPECT_EQ(got.ids, one["ids"].get<Ids>()) << one;
    EXPECT_EQ(got.full_length, tokenizer.encode(text, kNoLimit).full_length);
    EXPECT_EQ(got.truncated(), got.full_length > one["max"].get<int64_t>());
  }
}

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
  const Ids expected = tokenizer.encode("The optic disc e\u0301 is normal.", 77).ids;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        wrong += tokenizer.encode("The optic disc e\u0301 is normal.", 77).ids != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace puente
