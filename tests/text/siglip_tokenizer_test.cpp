#include "text/siglip_tokenizer.h"

#include <chrono>
#include <gtest/gtest.h>

#include "support/files.h"
#include "text/golden_tokens.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::golden;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;

constexpr int32_t kEnd = 1;  // and padding, as in SigLIP's own model
constexpr int32_t kUnknown = 2;

class SmallSiglip : public ::testing::Test {
 protected:
  SmallSiglip() : model_(test::read_text(golden("siglip_tokens/spiece.model"))) {
    folder_.file("spiece.model", model_);
  }
  /// The text's own ids, without padding.
  Ids ids_of(const SiglipTokenizer& tokenizer, std::string_view text) const {
    const TokenizedText got = tokenizer.encode(text, 64);
    return Ids(got.ids.begin(), got.ids.begin() + got.length);
  }
  std::string model_;
  TemporaryFolder folder_;
};

TEST(SiglipTokenizer, GivesTransformersIds) {
  const SiglipTokenizer tokenizer(golden("siglip_tokens"));
  EXPECT_EQ(tokenizer.vocabulary_size(), 400);
  const auto json = nlohmann::json::parse(test::read_text(golden("siglip_tokens/cases.json")));
  ASSERT_GT(json["cases"].size(), 250u);
  for (const auto& one : json["cases"]) {
    const auto text = one["text"].get<std::string>();
    auto expected = one["ids"].get<Ids>();
    const auto length = static_cast<int64_t>(expected.size());
    expected.resize(expected.size() + 3, kEnd);
    const TokenizedText got = tokenizer.encode(text, length + 3);
    EXPECT_EQ(got.ids, expected) << "text: " << one["text"];
    EXPECT_EQ(got.length, length);
    EXPECT_EQ(got.full_length, length);
    EXPECT_FALSE(got.truncated());
  }
}

TEST(SiglipTokenizer, TruncatesAndPadsAsTransformersDoes) {
  const SiglipTokenizer tokenizer(golden("siglip_tokens"));
  const auto json = nlohmann::json::parse(test::read_text(golden("siglip_tokens/cases.json")));
  ASSERT_GT(json["padded"].size(), 50u);
  for (const auto& one : json["padded"]) {
    const auto text = one["text"].get<std::string>();
    const auto side = one["side"] == "left" ? Truncate::start : Truncate::end;
    const TokenizedText got = tokenizer.encode(text, one["max"].get<int64_t>(), side);
    EXPECT_EQ(got.ids, one["ids"].get<Ids>()) << one;
    EXPECT_EQ(got.full_length, tokenizer.encode(text, 4096).length);
  }
}

TEST_F(SmallSiglip, PaddingIsNotALoss) {
  const SiglipTokenizer tokenizer(folder_.path());
  const TokenizedText empty = tokenizer.encode("", 64);
  EXPECT_EQ(empty.ids, Ids(64, kEnd));
  EXPECT_EQ(empty.length, 1);
  EXPECT_EQ(empty.full_length, 1);
  EXPECT_FALSE(empty.truncated());
  const TokenizedText text = tokenizer.encode("the hand", 64);
  EXPECT_EQ(text.ids.size(), 64u);
  EXPECT_EQ(text.length, 3);
  EXPECT_FALSE(text.truncated());
}

TEST_F(SmallSiglip, Truncation) {
  const SiglipTokenizer tokenizer(folder_.path());
  const Ids whole = ids_of(tokenizer, "the hand the face");
  ASSERT_EQ(whole.size(), 5u);
  const std::string_view text = "The hand, the face.";
  const TokenizedText exact = tokenizer.encode(text, 5);
  EXPECT_EQ(exact.ids, whole);
  EXPECT_FALSE(exact.truncated());
  const TokenizedText end = tokenizer.encode(text, 4);
  EXPECT_EQ(end.ids, (Ids{whole[0], whole[1], whole[2], kEnd}));
  EXPECT_EQ(end.full_length, 5);
  EXPECT_TRUE(end.truncated());
  const TokenizedText start = tokenizer.encode(text, 4, Truncate::start);
  EXPECT_EQ(start.ids, (Ids{whole[1], whole[2], whole[3], kEnd}));
  EXPECT_TRUE(start.truncated());
  EXPECT_EQ(tokenizer.encode(text, 1).ids, Ids{kEnd});
  EXPECT_EQ(tokenizer.encode(text, 1, Truncate::start).ids, Ids{kEnd});
  EXPECT_EQ(tokenizer.encode(text, 6, Truncate::error).ids.size(), 6u);
  EXPECT_EQ(tokenizer.encode(text, 5, Truncate::error).ids, whole);
  expect_user_error([&] { tokenizer.encode(text, 4, Truncate::error); },
                    "a text has 5 tokens and the model reads 4");
  expect_user_error([&] { tokenizer.encode(text, 0); }, "room for 0 tokens");
}

TEST_F(SmallSiglip, ATextThatEndsItself) {
  const SiglipTokenizer tokenizer(folder_.path());
  const Ids whole = ids_of(tokenizer, "the hand");
  ASSERT_EQ(whole.size(), 3u);
  EXPECT_EQ(ids_of(tokenizer, "the hand</s>"), whole);
  EXPECT_EQ(tokenizer.encode("the hand </s>", 3, Truncate::error).ids, whole);
  EXPECT_FALSE(tokenizer.encode("the hand </s>", 3).truncated());
  // transformers keeps room for an end token all the same, and takes it from the start.
  const TokenizedText start = tokenizer.encode("the hand </s>", 3, Truncate::start);
  EXPECT_EQ(start.ids, (Ids{whole[1], kEnd, kEnd}));
  EXPECT_TRUE(start.truncated());
}

TEST_F(SmallSiglip, SpecialTokensInsideAText) {
  const SiglipTokenizer tokenizer(folder_.path());
  EXPECT_EQ(ids_of(tokenizer, "</s> </S>"), (Ids{kEnd, kEnd}));
  EXPECT_EQ(ids_of(tokenizer, "<unk>"), (Ids{kUnknown, kEnd}));
}

TEST_F(SmallSiglip, ConfigSaysWhatToDo) {
  const SiglipTokenizer lower(folder_.path());
  folder_.file("tokenizer_config.json",
               R"({"do_lower_case":false,"pad_token":"<pad>","additional_special_tokens":["Hand"],)"
               R"("added_tokens_decoder":{"450":{"content":"<New>","normalized":true}}})");
  const SiglipTokenizer tokenizer(folder_.path());
  EXPECT_EQ(tokenizer.vocabulary_size(), 451);
  EXPECT_EQ(tokenizer.encode("", 4).ids, (Ids{kEnd, 0, 0, 0}));
  EXPECT_NE(ids_of(tokenizer, "THE"), ids_of(lower, "the"));
  EXPECT_EQ(ids_of(tokenizer, "the"), ids_of(lower, "the"));
  EXPECT_EQ(ids_of(tokenizer, "<New>").back(), kEnd);
  EXPECT_EQ(ids_of(tokenizer, "the<New>")[1], 450);
  EXPECT_NE(ids_of(tokenizer, "the<new>")[1], 450);
}

TEST_F(SmallSiglip, MissingFiles) {
  const TemporaryFolder empty;
  expect_user_error([&] { SiglipTokenizer{empty.path()}; },
                    "no spiece.model here; download spiece.model");
  empty.file("tokenizer.json", "{}");
  expect_user_error([&] { SiglipTokenizer{empty.path()}; },
                    "has tokenizer.json but no spiece.model, which SigLIP's texts are read with; "
                    "download spiece.model");
  expect_user_error([&] { SiglipTokenizer{empty / "absent"}; }, "no such folder");
}

TEST_F(SmallSiglip, DamagedModels) {
  const auto expect = [&](std::string_view content, const char* part) {
    folder_.file("spiece.model", content);
    expect_user_error([&] { SiglipTokenizer{folder_.path()}; }, part);
  };
  constexpr const char* kDamaged = "spiece.model: not a SentencePiece model, or damaged";
  expect("", kDamaged);
  expect("version https://git-lfs.github.com/spec/v1\n", kDamaged);
  for (size_t size = 0; size < model_.size(); size += size < model_.size() - 50 ? 7 : 1) {
    expect(model_.substr(0, size), kDamaged);
  }
  std::string other = model_;
  other.replace(other.find("</s>"), 4, "</t>");
  expect(other, "spiece.model: has no piece </s>; it is not SigLIP's model");
  folder_.file("spiece.model", model_);
  folder_.file("tokenizer_config.json", R"({"pad_token":"[PAD]"})");
  expect_user_error([&] { SiglipTokenizer{folder_.path()}; }, "has no piece [PAD]");
  folder_.file("tokenizer_config.json", "{");
  expect_user_error([&] { SiglipTokenizer{folder_.path()}; }, "tokenizer_config.json: line 1");
}

// The library would follow a link of the normaliser's trie out of its array.
TEST_F(SmallSiglip, DamagedNormaliser) {
  const size_t trie = model_.find(std::string("\x00\x04\x00\x00", 4)) + 4;  // its size, 1024
  ASSERT_LT(trie + 1024, model_.size());
  for (size_t at = trie; at < trie + 1024; at += 4) {
    std::string damaged = model_;
    damaged.replace(at, 4, "\x00\xff\xff\x7f", 4);
    folder_.file("spiece.model", damaged);
    expect_user_error([&] { SiglipTokenizer{folder_.path()}; }, "or damaged");
  }
}

TEST_F(SmallSiglip, LongTextsTakeLinearTime) {
  const SiglipTokenizer tokenizer(folder_.path());
  for (const std::string_view part : {"the hand ", "x", "<", "-", "</s>", "\u76ae", " "}) {
    std::string text;
    while (text.size() < (1 << 20)) text += part;
    const auto begin = std::chrono::steady_clock::now();
    const TokenizedText got = tokenizer.encode(text, 64);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(got.ids.size(), 64u);
    EXPECT_LT(seconds.count(), 5) << part;  // a fraction of a second on a quiet machine
  }
}

TEST(SiglipTokenizer, InvalidUtf8CountsAsReplacementCharacter) {
  const SiglipTokenizer tokenizer(golden("siglip_tokens"));
  EXPECT_EQ(tokenizer.encode("ski\xffn", 64).ids, tokenizer.encode("ski\ufffdn", 64).ids);
}

TEST(SiglipTokenizer, ThreadsShareOne) {
  const SiglipTokenizer tokenizer(golden("siglip_tokens"));
  test::expect_threads_agree(tokenizer, "The optic disc e\u0301 is normal <unk>.");
}

}  // namespace
}  // namespace puente
