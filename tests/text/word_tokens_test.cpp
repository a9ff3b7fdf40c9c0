#include "text/word_tokens.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/files.h"
#include "text/bert_tokenizer.h"
#include "text/clip_tokenizer.h"
#include "text/llama_tokenizer.h"
#include "text/load_llama_tokenizer.h"
#include "text/siglip_tokenizer.h"
#include "text/spm_vocabulary.h"
#include "text/word_breaks.h"

namespace puente {
namespace {

nlohmann::json golden_word_tokens() {
  return nlohmann::json::parse(test::read_text(test::golden("word_tokens.json")));
}

/// Of every word in every language, what transformers gives.
void expect_golden_words(const Tokenizer& tokenizer, const std::string& name) {
  const nlohmann::json golden = golden_word_tokens();
  int64_t words = 0;
  for (const auto& [language, counts] : golden["tokenizers"][name].items()) {
    const auto& of_language = golden["words"][language];
    ASSERT_EQ(of_language.size(), counts.size());
    for (size_t i = 0; i < counts.size(); ++i, ++words) {
      const auto word = of_language[i].get<std::string>();
      const WordTokens got = tokens_of_word(tokenizer, word);
      EXPECT_EQ(got.words, 1);
      EXPECT_EQ((std::vector<int64_t>{got.tokens, got.unknown, got.parts_of_characters}),
                counts[i].get<std::vector<int64_t>>())
          << name << ", " << language << ": " << word;
    }
  }
  EXPECT_GT(words, 700);
}

TEST(WordTokens, SmallTokenizersCountAsTransformersDoes) {
  expect_golden_words(BertTokenizer(test::golden("bert_tokens/uncased")), "bert");
  expect_golden_words(ClipTokenizer(test::golden("clip_tokens/vocab_and_merges")), "clip");
  expect_golden_words(LlamaTokenizer(test::golden("llama_tokens")), "llama");
  expect_golden_words(*load_llama_tokenizer(test::golden("llama3_tokens")), "llama3");
  expect_golden_words(SiglipTokenizer(test::golden("siglip_tokens")), "siglip");
}

TEST(WordTokens, RealTokenizersCountAsTransformersDoes) {
  PUENTE_SHARED_DATA_OR_SKIP(folder, "tokenizers");
  expect_golden_words(BertTokenizer(folder / "bert"), "real_bert");
  expect_golden_words(ClipTokenizer(folder / "clip/bpe_simple_vocab_16e6.txt.gz"), "real_clip");
  expect_golden_words(LlamaTokenizer(folder / "llama"), "real_llama");
}

TEST(WordTokens, EnglishIsTheSampleOfTheGoldenFile) {
  const nlohmann::json golden = golden_word_tokens();
  std::string sample;
  for (const auto& text : golden["texts"]["en"]) {
    sample += (sample.empty() ? "" : " ") + text.get<std::string>();
  }
  EXPECT_EQ(english_sample(), sample);
  const BertTokenizer bert(test::golden("bert_tokens/uncased"));
  const WordTokens english = tokens_of_english(bert);
  EXPECT_EQ(english.words, static_cast<int64_t>(golden["words"]["en"].size()));
  EXPECT_NEAR(english.per_word(), 2.33, 0.01);
  EXPECT_EQ(WordTokens().per_word(), 0);
  EXPECT_EQ(WordTokens().unknown_share(), 0);
}

TEST(WordBreaks, WordsAreThoseThatPythonFinds) {
  const nlohmann::json golden = golden_word_tokens();
  WordBreaks breaks;
  for (const auto& [language, texts] : golden["texts"].items()) {
    if (language == "zh") continue;
    std::vector<std::string> words;
    for (const auto& text : texts) {
      const auto whole = text.get<std::string>();
      for (const std::string_view word : breaks.words_of(whole)) words.emplace_back(word);
    }
    EXPECT_EQ(words, golden["words"][language].get<std::vector<std::string>>());
  }
}

TEST(WordBreaks, ChineseIsCutByADictionary) {
  WordBreaks breaks;
  std::vector<std::string> words;
  for (const std::string_view word : breaks.words_of("使用胰岛素，每天吸烟十支。")) {
    words.emplace_back(word);
  }
  EXPECT_EQ(words.front(), "使用");
  EXPECT_LT(words.size(), 9u);  // of eleven characters
  EXPECT_TRUE(breaks.words_of("54, 12.5 - 3/4 ...").empty());
  EXPECT_TRUE(breaks.words_of("").empty());
  EXPECT_EQ(breaks.words_of("caf\xe9 \xff noir").back(), "noir");  // not UTF-8
}

TEST(WordBreaks, Scripts) {
  EXPECT_EQ(script_of("lesão"), "Latin");
  EXPECT_EQ(script_of("кожи"), "Cyrillic");
  EXPECT_EQ(script_of("患者"), "Han");
  EXPECT_EQ(script_of("الجلد"), "Arabic");
  EXPECT_EQ(script_of("12"), "Common");
}

}  // namespace
}  // namespace puente
