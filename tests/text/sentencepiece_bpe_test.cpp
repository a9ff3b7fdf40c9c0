#include "text/sentencepiece_bpe.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>

#include "support/files.h"
#include "text/random_text.h"
#include "text/sentencepiece_model.h"
#include "text/spm_vocabulary.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::golden;
using Ids = std::vector<int32_t>;

constexpr auto kNormal = PieceType::normal;

/// <unk> 0, <s> 1, </s> 2, then `pieces` from 3 on.
SentencePieceVocabulary made(const std::vector<std::pair<std::string, float>>& pieces) {
  SentencePieceVocabulary vocabulary;
  vocabulary.source = "made.gguf";
  vocabulary.pieces = {"<unk>", "<s>", "</s>"};
  vocabulary.scores = {0, 0, 0};
  vocabulary.types = {PieceType::unknown, PieceType::control, PieceType::control};
  for (const auto& [piece, score] : pieces) {
    vocabulary.pieces.push_back(piece);
    vocabulary.scores.push_back(score);
    vocabulary.types.push_back(kNormal);
  }
  vocabulary.add_space_prefix = false;
  return vocabulary;
}

Ids encode(const SentencePieceVocabulary& vocabulary, std::string_view text) {
  return SentencePieceBpe(vocabulary).encode(text);
}

TEST(SentencePieceBpe, HighestScoreFirstThenLeftmost) {
  EXPECT_EQ(encode(made({{"a", 0}, {"b", 0}, {"c", 0}, {"ab", -2}, {"bc", -1}}), "abc"),
            (Ids{3, 7}));
  EXPECT_EQ(encode(made({{"a", 0}, {"b", 0}, {"c", 0}, {"ab", -1}, {"bc", -2}}), "abc"),
            (Ids{6, 5}));
  EXPECT_EQ(encode(made({{"a", 0}, {"b", 0}, {"c", 0}, {"ab", -1}, {"bc", -1}}), "abc"),
            (Ids{6, 5}));
  EXPECT_EQ(encode(made({{"a", 0}, {"aa", -1}, {"aaa", -1}}), "aaaaa"), (Ids{5, 4}));
}

TEST(SentencePieceBpe, MergesCharactersThatAreNoPiecesThemselves) {
  EXPECT_EQ(encode(made({{"xy", -1}, {"a", 0}}), "axya"), (Ids{4, 3, 4}));
}

TEST(SentencePieceBpe, ARunOfUnknownsIsOne) {
  EXPECT_EQ(encode(made({{"a", 0}}), "xyaz"), (Ids{0, 3, 0}));
}

TEST(SentencePieceBpe, SpacesAndTheirPrefix) {
  auto vocabulary = made({{"\u2581", -3}, {"a", -4}, {"\u2581a", -1}, {"\u2581\u2581", -2}});
  EXPECT_EQ(encode(vocabulary, "a  a"), (Ids{4, 3, 5}));
  EXPECT_TRUE(encode(vocabulary, "").empty());
  vocabulary.add_space_prefix = true;
  EXPECT_EQ(encode(vocabulary, "a"), (Ids{5}));
  EXPECT_EQ(encode(vocabulary, " a"), (Ids{3, 5}));
  EXPECT_TRUE(encode(vocabulary, "").empty());
}

TEST(SentencePieceBpe, UserDefinedPiecesStandWhole) {
  auto vocabulary = made({{"a", 0}, {"b", 0}, {"ab", -1}, {"bb", -1}, {"bba", 0}, {"b\u2581", 0}});
  vocabulary.types[6] = vocabulary.types[7] = vocabulary.types[8] = PieceType::user_defined;
  EXPECT_EQ(encode(vocabulary, "abbab"), (Ids{3, 7, 4}));
  EXPECT_EQ(encode(vocabulary, "abbb a"), (Ids{3, 6, 8, 3}));
}

TEST(SentencePieceBpe, ControlTokensInATextAreText) {
  auto vocabulary = made({{"<", 0}, {"/", 0}, {"s", 0}, {">", 0}, {"/s", -1}, {"/s>", -2}});
  EXPECT_EQ(encode(vocabulary, "</s><s>"), (Ids{3, 8, 3, 5, 6}));
}

TEST(SentencePieceBpe, UnusedPiecesFallApart) {
  auto vocabulary = made({{"a", 0}, {"b", 0}, {"ab", -1}, {"abb", -2}});
  vocabulary.types[5] = PieceType::unused;
  EXPECT_EQ(encode(vocabulary, "ab"), (Ids{3, 4}));
  EXPECT_EQ(encode(vocabulary, "abb"), (Ids{6}));
  vocabulary.types[6] = PieceType::unused;
  EXPECT_EQ(encode(vocabulary, "abb"), (Ids{3, 4, 4}));
}

TEST(SentencePieceBpe, GivesTheLibrarysIdsOnRandomTexts) {
  struct Source {
    const char *model, *vocabulary;
  };
  for (const Source& source :
       {Source{"tokenizer.model", "vocabulary.json"}, Source{"no_bytes.model", "no_bytes.json"}}) {
    const SentencePieceModel model(golden("llama_tokens") / source.model,
                                   SpacePrefix::as_the_model_says);
    const SentencePieceBpe bpe(test::golden_vocabulary(source.vocabulary));
    Rng rng(11);
    for (int i = 0; i < 20000; ++i) {
      const std::string text = encode_utf8(decode_utf8(test::random_text(rng)));
      ASSERT_EQ(bpe.encode(text), model.encode(text)) << source.model << ": " << text;
    }
  }
}

TEST(SentencePieceBpe, VocabulariesThatDoNotFit) {
  const SentencePieceVocabulary sound = test::golden_vocabulary("vocabulary.json");
  const auto expect = [&](auto&& damage, const char* part) {
    SentencePieceVocabulary damaged = sound;
    damage(damaged);
    expect_user_error([&] { SentencePieceBpe{damaged}; }, part);
  };
  EXPECT_NO_THROW(SentencePieceBpe{sound});
  expect([](auto& v) { v = {}, v.source = "x.gguf"; }, "x.gguf: the vocabulary has 0 pieces");
  expect([](auto& v) { v.scores.pop_back(); }, "has 700 pieces, 699 scores and 700 types");
  expect([](auto& v) { v.types.pop_back(); }, "has 700 pieces, 700 scores and 699 types");
  expect([](auto& v) { v.types[9] = static_cast<PieceType>(7); }, "piece 9 of the vocabulary has ");
  expect([](auto& v) { v.scores[9] = NAN; }, "has type 6 and score nan");
  expect([](auto& v) { v.pieces[9] = "<0x0g>"; }, "is to be a byte and is '<0x0g>'");
  expect([](auto& v) { v.pieces[9] = "<0x05>"; }, "is to be a byte and is '<0x05>'");
  expect([](auto& v) { v.types[9] = kNormal; }, "has pieces for 255 of the 256 bytes");
  expect([](auto& v) { v.unknown = 700; }, "the unknown token's id is 700");
  expect([](auto& v) { v.start = -1; }, "the start token's id is -1");
  EXPECT_NO_THROW([&] {
    SentencePieceVocabulary without = sound;
    without.add_start = false;
    without.start = without.end = -1;
    SentencePieceBpe{without};
  }());
  expect([](auto& v) { v.add_end = true, v.end = 700; }, "the end token's id is 700");
}

TEST(SentencePieceBpe, LongTextsTakeNoQuadraticTime) {
  const SentencePieceBpe bpe(test::golden_vocabulary("vocabulary.json"));
  for (const std::string_view part : {"the hand ", "x", "<", "years", " ", "\u76ae", "\u2581the"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += part;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(bpe.encode(text).empty());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(seconds.count(), 10) << part;  // a fraction of a second on a quiet machine
  }
}

}  // namespace
}  // namespace puente
