#include "text/llama_tokenizer.h"

#include <gtest/gtest.h>

#include "support/files.h"
#include "text/golden_tokens.h"
#include "text/random_text.h"
#include "text/sentencepiece_model.h"
#include "text/spm_vocabulary.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::golden;
using test::golden_vocabulary;
using test::kNoLimit;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;

constexpr int32_t kStart = 1;

TEST(LlamaTokenizer, GivesTransformersIdsFromAFolder) {
  const LlamaTokenizer tokenizer(golden("llama_tokens"));
  EXPECT_EQ(tokenizer.vocabulary_size(), 700);
  test::expect_golden(tokenizer, golden("llama_tokens/cases.json"));
}

TEST(LlamaTokenizer, GivesTransformersIdsFromAVocabulary) {
  const LlamaTokenizer tokenizer(golden_vocabulary("vocabulary.json"));
  EXPECT_EQ(tokenizer.vocabulary_size(), 700);
  test::expect_golden(tokenizer, golden("llama_tokens/cases.json"));
}

TEST(LlamaTokenizer, VocabulariesWithoutBytes) {
  const LlamaTokenizer tokenizer(golden_vocabulary("no_bytes.json"));
  const auto json =
      nlohmann::json::parse(test::read_text(golden("llama_tokens/no_bytes_cases.json")));
  ASSERT_GT(json["cases"].size(), 250u);
  for (const auto& one : json["cases"]) {
    auto expected = one["ids"].get<Ids>();
    expected.insert(expected.begin(), kStart);
    EXPECT_EQ(tokenizer.encode(one["text"].get<std::string>(), kNoLimit).ids, expected) << one;
  }
}

TEST(LlamaTokenizer, AnEmptyTextIsTheStartToken) {
  for (const auto& tokenizer : {LlamaTokenizer(golden("llama_tokens")),
                                LlamaTokenizer(golden_vocabulary("vocabulary.json"))}) {
    const TokenizedText empty = tokenizer.encode("", 64);
    EXPECT_EQ(empty.ids, Ids{kStart});
    EXPECT_EQ(empty.length, 1);
    EXPECT_FALSE(empty.truncated());
  }
}

TEST(LlamaTokenizer, TruncationKeepsTheStart) {
  const LlamaTokenizer tokenizer(golden_vocabulary("vocabulary.json"));
  const std::string_view text = "Age: 80. Sex: male.";
  const Ids whole = tokenizer.encode(text, kNoLimit).ids;
  const auto length = static_cast<int64_t>(whole.size());
  ASSERT_GT(length, 6);
  EXPECT_EQ(tokenizer.encode(text, length, Truncate::error).ids, whole);
  expect_user_error([&] { tokenizer.encode(text, length - 1, Truncate::error); },
                    "a text has " + std::to_string(length) + " tokens and the model reads " +
                        std::to_string(length - 1));
  const TokenizedText end = tokenizer.encode(text, 4);
  EXPECT_EQ(end.ids, Ids(whole.begin(), whole.begin() + 4));
  EXPECT_EQ(end.full_length, length);
  EXPECT_TRUE(end.truncated());
  EXPECT_EQ(tokenizer.encode(text, 3, Truncate::start).ids,
            (Ids{kStart, whole[whole.size() - 2], whole.back()}));
  EXPECT_EQ(tokenizer.encode(text, 1).ids, Ids{kStart});
  expect_user_error([&] { tokenizer.encode(text, 0); }, "cannot hold even the start token");
}

TEST(LlamaTokenizer, ConfigSaysWhatFramesAText) {
  const TemporaryFolder folder;
  folder.file("tokenizer.model", test::read_text(golden("llama_tokens/tokenizer.model")));
  const Ids plain = LlamaTokenizer(folder.path()).encode("the hand", 64).ids;
  EXPECT_EQ(plain.front(), kStart);
  folder.file("tokenizer_config.json", R"({"add_bos_token":false,"add_eos_token":true})");
  Ids expected(plain.begin() + 1, plain.end());
  expected.push_back(2);
  const LlamaTokenizer tokenizer(folder.path());
  const TokenizedText got = tokenizer.encode("the hand", 64);
  EXPECT_EQ(got.ids, expected);
  EXPECT_EQ(got.length, std::ssize(expected));
  expect_user_error([&] { tokenizer.encode("", 0); }, "cannot hold even the end token");

  SentencePieceVocabulary vocabulary = golden_vocabulary("vocabulary.json");
  vocabulary.add_start = false;
  vocabulary.add_end = true;
  EXPECT_EQ(LlamaTokenizer(vocabulary).encode("the hand", 64).ids, expected);
}

TEST(LlamaTokenizer, MissingAndDamagedFiles) {
  const TemporaryFolder folder;
  expect_user_error([&] { LlamaTokenizer{folder.path()}; },
                    "no tokenizer.model here (a LLaMA-3 has tokenizer.json); download it");
  expect_user_error([&] { LlamaTokenizer{folder / "absent"}; }, "no such folder");
  const std::string model = test::read_text(golden("llama_tokens/tokenizer.model"));
  folder.file("tokenizer.model", model.substr(0, model.size() / 2));
  expect_user_error([&] { LlamaTokenizer{folder.path()}; },
                    "tokenizer.model: not a SentencePiece model, or damaged");
}

TEST(LlamaTokenizer, InvalidUtf8CountsAsReplacementCharacter) {
  for (const auto& tokenizer : {LlamaTokenizer(golden("llama_tokens")),
                                LlamaTokenizer(golden_vocabulary("vocabulary.json"))}) {
    EXPECT_EQ(tokenizer.encode("ski\xffn", 64).ids, tokenizer.encode("ski\ufffdn", 64).ids);
    EXPECT_EQ(tokenizer.encode("a\xe2\x96z", 64).ids, tokenizer.encode("a\ufffdz", 64).ids);
  }
}

TEST(LlamaTokenizer, ThreadsShareOne) {
  constexpr std::string_view kText = "The optic disc e\u0301 is normal <img>.";
  test::expect_threads_agree(LlamaTokenizer(golden("llama_tokens")), kText);
  test::expect_threads_agree(LlamaTokenizer(golden_vocabulary("vocabulary.json")), kText);
}

/// llama.cpp's own cases, with ids that do not have the start token.
TEST(LlamaTokenizer, GivesLlamaCppsIds) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "tokenizers/llama");
  const LlamaTokenizer from_folder(folder);
  const LlamaTokenizer from_gguf(
      test::GgufVocabularyReader(folder / "ggml-vocab-llama-spm.gguf").vocabulary);
  EXPECT_EQ(from_gguf.vocabulary_size(), 32000);
  const std::string input = test::read_text(folder / "ggml-vocab-llama-spm.gguf.inp");
  std::istringstream output(test::read_text(folder / "ggml-vocab-llama-spm.gguf.out"));
  constexpr std::string_view kBetween = "\n__ggml_vocab_test__\n";
  int cases = 0;
  for (size_t begin = 0; begin < input.size(); ++cases) {
    const size_t end = input.find(kBetween, begin);
    ASSERT_NE(end, input.npos);
    const std::string text = input.substr(begin, end - begin);
    begin = end + kBetween.size();
    std::string line;
    ASSERT_TRUE(std::getline(output, line));
    std::istringstream numbers(line);
    const Ids ids{std::istream_iterator<int32_t>(numbers), {}};
    Ids expected{kStart};
    expected.insert(expected.end(), ids.begin(), ids.end());
    EXPECT_EQ(from_folder.encode(text, kNoLimit).ids, expected) << text;
    EXPECT_EQ(from_gguf.encode(text, kNoLimit).ids, expected) << text;
  }
  EXPECT_EQ(cases, 46);
}

TEST(LlamaTokenizer, BothSourcesAgreeOnRandomTexts) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "tokenizers/llama");
  const LlamaTokenizer from_folder(folder);
  const LlamaTokenizer from_gguf(
      test::GgufVocabularyReader(folder / "ggml-vocab-llama-spm.gguf").vocabulary);
  Rng rng(12);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = test::random_text(rng);
    ASSERT_EQ(from_gguf.encode(text, kNoLimit).ids, from_folder.encode(text, kNoLimit).ids) << text;
  }
}

}  // namespace
}  // namespace puente
