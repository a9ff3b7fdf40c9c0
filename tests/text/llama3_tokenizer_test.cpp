#include "text/llama3_tokenizer.h"

#include <gtest/gtest.h>
#include <map>

#include "formats/gguf_bytes.h"
#include "support/files.h"
#include "text/gguf_vocabulary.h"
#include "text/golden_tokens.h"
#include "text/llama3_words.h"
#include "text/load_llama_tokenizer.h"

namespace puente {
namespace {

using test::array_of;
using test::expect_user_error;
using test::gguf_text;
using test::golden;
using test::kNoLimit;
using test::pair_of;
using test::raw;
using test::TemporaryFolder;
using Ids = std::vector<int32_t>;
using Words = std::vector<std::u32string>;

Words words_of(std::u32string_view text) {
  Words words;
  while (!text.empty()) {
    const size_t length = llama3_word_length(text);
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

TEST(Llama3Words, LettersTakeOneCharacterBeforeThem) {
  EXPECT_EQ(words_of(U"Age: male(x)"), (Words{U"Age", U":", U" male", U"(x", U")"}));
  EXPECT_EQ(words_of(U"a,(x"), (Words{U"a", U",(", U"x"}));
  EXPECT_EQ(words_of(U"a-b \u00e9t\u00e9"), (Words{U"a", U"-b", U" \u00e9t\u00e9"}));
  EXPECT_EQ(words_of(U"\tx\nx"), (Words{U"\tx", U"\n", U"x"}));
}

TEST(Llama3Words, ContractionsInAnyCase) {
  EXPECT_EQ(words_of(U"it's we'LL I'm he'D"),
            (Words{U"it", U"'s", U" we", U"'LL", U" I", U"'m", U" he", U"'D"}));
  EXPECT_EQ(words_of(U"x'sun'lx"), (Words{U"x", U"'s", U"un", U"'lx"}));
  EXPECT_EQ(words_of(U"a'\u017f"), (Words{U"a", U"'\u017f"}));
  EXPECT_EQ(words_of(U"'"), (Words{U"'"}));
}

TEST(Llama3Words, NumbersGoByThree) {
  EXPECT_EQ(words_of(U"12345 67"), (Words{U"123", U"45", U" ", U"67"}));
  EXPECT_EQ(words_of(U"1,5\u00bd"), (Words{U"1", U",", U"5\u00bd"}));
}

TEST(Llama3Words, PunctuationTakesASpaceAndLineBreaks) {
  EXPECT_EQ(words_of(U"a ?!\r\n\nb"), (Words{U"a", U" ?!\r\n\n", U"b"}));
  EXPECT_EQ(words_of(U"  ?"), (Words{U" ", U" ?"}));
}

TEST(Llama3Words, WhiteSpaceEndsAtItsLastLineBreakOrBeforeAWord) {
  EXPECT_EQ(words_of(U"a  \n \n  b"), (Words{U"a", U"  \n \n", U" ", U" b"}));
  EXPECT_EQ(words_of(U"a   "), (Words{U"a", U"   "}));
  EXPECT_EQ(words_of(U"a   b"), (Words{U"a", U"  ", U" b"}));
  EXPECT_EQ(words_of(U"   1"), (Words{U"  ", U" ", U"1"}));
  EXPECT_EQ(words_of(U" \u3000b"), (Words{U" ", U"\u3000b"}));
}

std::unique_ptr<const Tokenizer> from_folder() {
  return load_llama_tokenizer(golden("llama3_tokens"));
}

TEST(Llama3Tokenizer, GivesHuggingFacesIds) {
  const auto tokenizer = from_folder();
  EXPECT_EQ(tokenizer->vocabulary_size(), 510);
  test::expect_golden(*tokenizer, golden("llama3_tokens/cases.json"));
}

TEST(Llama3Tokenizer, WordsThatAreTokensNeedNoMerges) {
  Llama3Vocabulary vocabulary = read_llama3_vocabulary(golden("llama3_tokens/tokenizer.json"));
  const int32_t word = vocabulary.tokens.at("xyzzy"), start = vocabulary.start.value();
  EXPECT_EQ(Llama3Tokenizer(vocabulary).encode("xyzzy", 64).ids, (Ids{start, word}));
  vocabulary.whole_words = false;
  const Ids merged = Llama3Tokenizer(vocabulary).encode("xyzzy", 64).ids;
  EXPECT_EQ(merged.size(), 6u);
}

TEST(Llama3Tokenizer, FramesAndTruncates) {
  Llama3Vocabulary vocabulary = read_llama3_vocabulary(golden("llama3_tokens/tokenizer.json"));
  const Llama3Tokenizer with_start(vocabulary);
  EXPECT_EQ(with_start.encode("", 64).ids, Ids{505});
  expect_user_error([&] { with_start.encode("the back", 2, Truncate::error); },
                    "a text has 4 tokens and the model reads 2");
  const Ids whole = with_start.encode("the back", kNoLimit).ids;
  vocabulary.start.reset();
  vocabulary.end = 506;
  Ids expected(whole.begin() + 1, whole.end());
  expected.push_back(506);
  EXPECT_EQ(Llama3Tokenizer(vocabulary).encode("the back", kNoLimit).ids, expected);
}

TEST(Llama3Tokenizer, InvalidUtf8CountsAsReplacementCharacter) {
  const auto tokenizer = from_folder();
  EXPECT_EQ(tokenizer->encode("ski\xffn", 64).ids, tokenizer->encode("ski\ufffdn", 64).ids);
}

TEST(Llama3Tokenizer, ThreadsShareOne) {
  test::expect_threads_agree(*from_folder(), "The optic disc e\u0301 is 1234 normal <img>.");
}

TEST(Llama3Tokenizer, LongWordsAndLongBlanksTakeNoQuadraticTime) {
  const auto tokenizer = from_folder();
  for (const char* part : {"a", " ", "\n", "?", " a", "1", "'", "\u0301"}) {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += part;
    EXPECT_GT(tokenizer->encode(text + "a", kNoLimit).length, 100);
  }
}

/// The golden tokenizer.json with `old` replaced.
class Files : public testing::Test {
 protected:
  void expect_error(std::string_view old, std::string_view text, std::string_view message) {
    std::string json = test::read_text(golden("llama3_tokens/tokenizer.json"));
    const size_t at = json.find(old);
    ASSERT_NE(at, json.npos) << old;
    json.replace(at, old.size(), text);
    folder_.file("tokenizer.json", json);
    expect_user_error([&] { load_llama_tokenizer(folder_.path()); }, message);
  }
  TemporaryFolder folder_;
};

TEST_F(Files, OtherTokenizersAreRefused) {
  constexpr std::string_view kNotThis = "tokenizer.json: not LLaMA-3's tokenizer (byte-level BPE)";
  expect_error(R"("normalizer":null)", R"("normalizer":{"type":"NFC"})", kNotThis);
  expect_error(R"("byte_fallback":false)", R"("byte_fallback":true)", kNotThis);
  expect_error(R"("end_of_word_suffix":null)", R"("end_of_word_suffix":"</w>")", kNotThis);
  expect_error(R"("type":"ByteLevel")", R"("type":"Metaspace")", kNotThis);
  expect_error(R"("merges")", R"("murges")", kNotThis);

  constexpr std::string_view kOtherWords = "cuts texts into words in another way than LLaMA-3 (";
  expect_error("{1,3}", "{1,2}", kOtherWords);
  expect_error(R"("Isolated")", R"("Removed")", kOtherWords);
  expect_error(R"("invert":false)", R"("invert":true)", kOtherWords);
  expect_error(R"("add_prefix_space":false)", R"("add_prefix_space":true)", kOtherWords);
  expect_error(R"("use_regex":false)", R"("use_regex":true)", kOtherWords);
  expect_error(R"("pattern")", R"("other")", "LLaMA-3 (by no pattern)");
}

TEST_F(Files, DamagedOnesAreRefused) {
  expect_error(R"("type":"TemplateProcessing")", R"("type":"BertProcessing")",
               "its post_processor has a step 'BertProcessing'; known are TemplateProcessing");
  expect_error(R"("ids":[505])", R"("ids":[505,506])", "puts more than one token");
  expect_error(R"("ids":[505])", R"("ids":[-1])", "has the id -1");
  expect_error(R"("single":[)", R"("single":[{"SpecialToken":{"id":"<|begin_of_text|>"}},)",
               "puts more than one token");
  expect_error(R"("\"":1,)", "", "has no token for the byte written '\"'");
  expect_error(R"("!":0,)", R"("!":1,)", "which another token has too");
  expect_error(R"("merges":[")", R"("merges":[" )", "merge 1 of the model is not two tokens");
  expect_error("{", "[", "tokenizer.json");
  std::filesystem::remove(folder_ / "tokenizer.json");
  expect_user_error([&] { load_llama_tokenizer(folder_.path()); }, "no tokenizer.model here");
}

using Pairs = std::map<std::string, std::string>;

std::string texts_pair(const std::string& key, const std::vector<std::string>& texts) {
  std::string items;
  for (const std::string& text : texts) items += gguf_text(text);
  return array_of(key, GgufType::kText, texts.size(), items);
}

std::string types_pair(const std::vector<int32_t>& types) {
  std::string items;
  for (const int32_t type : types) items += raw(type);
  return array_of("tokenizer.ggml.token_type", GgufType::kI32, types.size(), items);
}

std::string text_pair(const std::string& key, std::string_view text) {
  return pair_of(key, GgufType::kText, gguf_text(text));
}

/// The golden vocabulary as a GGUF has it, pairs by a short name.
Pairs gguf_pairs() {
  const Llama3Vocabulary from = read_llama3_vocabulary(golden("llama3_tokens/tokenizer.json"));
  const auto size = static_cast<size_t>(from.size());
  std::vector<std::string> tokens(size), merges;
  std::vector<int32_t> types(size, 1);
  for (const auto& [token, id] : from.tokens) tokens[static_cast<size_t>(id)] = token;
  for (const AddedToken& token : from.added) {
    tokens[static_cast<size_t>(token.id)] = token.content;
    types[static_cast<size_t>(token.id)] = token.special ? 3 : 4;
  }
  for (const auto& [left, right] : from.merges) merges.push_back(left + " " + right);
  return {{"model", text_pair("tokenizer.ggml.model", "gpt2")},
          {"words", text_pair("tokenizer.ggml.pre", "llama-bpe")},
          {"tokens", texts_pair("tokenizer.ggml.tokens", tokens)},
          {"types", types_pair(types)},
          {"merges", texts_pair("tokenizer.ggml.merges", merges)},
          {"start", pair_of("tokenizer.ggml.bos_token_id", GgufType::kU32, raw<uint32_t>(505))}};
}

class InGguf : public testing::Test {
 protected:
  std::unique_ptr<const Tokenizer> load(const Pairs& pairs) {
    test::GgufBytes bytes;
    for (const auto& [name, pair] : pairs) {
      if (!pair.empty()) bytes.pairs.push_back(pair);
    }
    std::filesystem::remove(folder_ / "m.gguf");
    return load_llama_tokenizer(GgufFile(folder_.file("m.gguf", bytes.str())));
  }
  void expect_error(const std::string& name, const std::string& pair, std::string_view message) {
    Pairs pairs = gguf_pairs();
    pairs[name] = pair;
    expect_user_error([&] { load(pairs); }, message);
  }
  TemporaryFolder folder_;
};

TEST_F(InGguf, GivesTheSameIds) {
  const auto tokenizer = load(gguf_pairs());
  EXPECT_EQ(tokenizer->vocabulary_size(), 510);
  test::expect_golden(*tokenizer, golden("llama3_tokens/cases.json"));
}

TEST_F(InGguf, FlagsSayWhatFramesAText) {
  const Ids whole = from_folder()->encode("the back", kNoLimit).ids;
  Pairs pairs = gguf_pairs();
  pairs["no start"] = pair_of("tokenizer.ggml.add_bos_token", GgufType::kBool, raw<uint8_t>(0));
  pairs["add end"] = pair_of("tokenizer.ggml.add_eos_token", GgufType::kBool, raw<uint8_t>(1));
  pairs["end"] = pair_of("tokenizer.ggml.eos_token_id", GgufType::kU32, raw<uint32_t>(506));
  Ids expected(whole.begin() + 1, whole.end());
  expected.push_back(506);
  EXPECT_EQ(load(pairs)->encode("the back", kNoLimit).ids, expected);
}

TEST_F(InGguf, OtherAndDamagedVocabulariesAreRefused) {
  expect_error(
      "model", text_pair("tokenizer.ggml.model", "bert"),
      "m.gguf: its vocabulary is of the kind 'bert'; known are 'llama' (LLaMA-2, Mistral)");
  expect_error("words", text_pair("tokenizer.ggml.pre", "tekken"),
               "cuts texts into words as 'tekken' does; of byte-level BPE, LLaMA-3's way");
  expect_error("words", "", "does not say how its tokenizer cuts texts into words");
  expect_error("types", types_pair({1, 1}), "has 510 tokens and 2 types");
  expect_error("merges", "", "has no metadata 'tokenizer.ggml.merges'");
  expect_error("merges", texts_pair("tokenizer.ggml.merges", {"a"}),
               "merge 1 of the vocabulary is not two tokens");
  expect_error("merges", texts_pair("tokenizer.ggml.merges", {"a bcd"}),
               "merge 'a bcd' (line 1): 'bcd' is not in the vocabulary");
  expect_error("start", "", "has no metadata 'tokenizer.ggml.bos_token_id'");
  expect_error("start", pair_of("tokenizer.ggml.bos_token_id", GgufType::kU32, raw<uint32_t>(510)),
               "tokenizer.ggml.bos_token_id is 510, and the vocabulary has 510 tokens");
  Pairs pairs = gguf_pairs();
  pairs["tokens"] = texts_pair("tokenizer.ggml.tokens", {"a", "a"});
  pairs["types"] = types_pair({1, 1});
  expect_user_error([&] { load(pairs); }, "has the token 'a' twice");
}

}  // namespace
}  // namespace puente
