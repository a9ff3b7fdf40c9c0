#include "embed/vocabulary_fit.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/files.h"
#include "text/bert_tokenizer.h"

namespace puente {
namespace {

/// A small BERT's tokenizer, and nothing behind it.
class OnlyTokenizer : public TextEncoder {
 public:
  TokenizedText tokenize(std::string_view text, Truncate truncate) const override {
    return tokenizer_.encode(text, max_tokens(), truncate);
  }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  int64_t max_tokens() const override { return 512; }
  int64_t dimension() const override { return 1; }
  int64_t weight_bytes() const override { return 0; }
  int64_t batch_tokens() const override { return 1; }
  double flop(int64_t) const override { return 0; }
  void encode(EncoderWorker&, std::span<const TokenizedText>, MatrixView<float>) const override {}
  double estimate_seconds(const TextPlan&, int) const override { return 0; }
  int64_t layers() const override { return 0; }
  std::string_view position() const override { return ""; }
  void layer_states(std::span<const TokenizedText>, int, const ReceiveStates&) const override {}

 private:
  BertTokenizer tokenizer_{test::golden("bert_tokens/uncased")};
};

class VocabularyFitTest : public testing::Test {
 protected:
  void add(const std::string& text, const std::string& language) {
    texts_.push_back(text);
    languages_.push_back(language);
  }
  void add_sentences(const std::string& key, const std::string& language) {
    const auto golden = nlohmann::json::parse(test::read_text(test::golden("word_tokens.json")));
    for (const auto& text : golden["texts"][key]) add(text.get<std::string>(), language);
  }
  VocabularyFit fit(const TextLanguage& language) const {
    Manifest manifest{"m.csv", {{"text", texts_}, {"lang", languages_}}, {}};
    for (size_t i = 0; i < texts_.size(); ++i) {
      manifest.lines.push_back(static_cast<int64_t>(i) + 2);
    }
    const Texts texts = render_prompts(manifest, Prompt::of_column("text"));
    return fit_of_vocabulary(manifest, language, texts, tokenize(texts, encoder_, Truncate::end),
                             encoder_);
  }
  static std::vector<std::string> beginnings(const VocabularyFit& fit) {
    std::vector<std::string> begin;
    for (const std::string& line : cautions_of(fit)) begin.push_back(line.substr(0, 30));
    return begin;
  }

  std::vector<std::string> texts_, languages_;
  OnlyTokenizer encoder_;
};

TEST_F(VocabularyFitTest, ByAColumn) {
  add_sentences("en", "en");
  add_sentences("pt", "pt");
  add_sentences("ru", "ru");
  add("Age: 54.", "");
  const VocabularyFit by_column = fit({.name = "", .column = "lang"});
  ASSERT_EQ(by_column.groups.size(), 4u);
  EXPECT_TRUE(by_column.by_language);
  EXPECT_EQ(by_column.groups[0].name, "en");  // most words first
  EXPECT_NEAR(by_column.groups[0].of_words.per_word(), 2.33, 0.01);
  EXPECT_DOUBLE_EQ(by_column.beside_english(by_column.groups[0]), 1);
  EXPECT_EQ(by_column.groups[1].name, "pt");
  EXPECT_NEAR(by_column.groups[1].of_words.per_word(), 3.61, 0.01);
  EXPECT_EQ(by_column.groups[2].name, "ru");
  EXPECT_EQ(by_column.groups[2].of_words.unknown_share(), 1);
  EXPECT_EQ(by_column.groups[3].name, "not given");
  EXPECT_EQ(by_column.groups[3].of_words.words, 1);
  EXPECT_EQ(by_column.all.words, 113 + 110 + 94 + 1);
  EXPECT_EQ(by_column.unknown_tokens, 94);
  EXPECT_EQ(beginnings(by_column), (std::vector<std::string>{"pt: 3.61 tokens per word, 1.6 ",
                                                             "ru: 100.0 % of the words' toke"}));
}

TEST_F(VocabularyFitTest, ByScriptWhereNothingIsSaid) {
  add_sentences("pt", "");
  add("Site: \u0441\u043f\u0438\u043d\u0430.", "");
  const VocabularyFit by_script = fit({});
  ASSERT_EQ(by_script.groups.size(), 2u);
  EXPECT_FALSE(by_script.by_language);
  EXPECT_EQ(by_script.groups[0].name, "Latin");
  EXPECT_EQ(by_script.groups[0].of_words.words, 111);
  EXPECT_EQ(by_script.groups[1].name, "Cyrillic");
  const std::vector<std::string> lines = cautions_of(by_script);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("--language-column says which"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("has this script"), std::string::npos) << lines[1];
}

TEST_F(VocabularyFitTest, EqualTextsCountOnceInEachLanguage) {
  add("Site: back.", "en");
  add("Site: back.", "en");
  EXPECT_EQ(fit({}).all.words, 2);
  add("Site: back.", "pt");
  EXPECT_EQ(fit({}).all.words, 2);
  EXPECT_EQ(fit({.name = "", .column = "lang"}).all.words, 4);
  EXPECT_EQ(fit({.name = "de", .column = ""}).groups[0].name, "de");
}

TEST_F(VocabularyFitTest, TermsInEnglish) {
  add("Acanthotic epidermis, hyperkeratosis, papillomatosis, pseudohorn cysts, palisading, "
      "telangiectasia, spongiosis, parakeratosis, exocytosis, dyskeratosis, acantholysis, "
      "lichenoid, psoriasiform, vacuolar, eosinophils, histiocytes, plasmacytoid, mucinosis, "
      "elastosis, panniculitis, vasculitis",
      "");
  const std::vector<std::string> lines = cautions_of(fit({.name = "en", .column = ""}));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("an encoder of their field"), std::string::npos) << lines[0];
}

TEST_F(VocabularyFitTest, FewWordsSayLittle) {
  add("Histopathology", "");
  EXPECT_TRUE(cautions_of(fit({})).empty());
  add("54 / 12", "");
  EXPECT_EQ(fit({}).all.words, 1);
  VocabularyFit made;
  made.english = {.words = 100, .tokens = 100};
  made.groups = {{"Latin", {.words = 100, .tokens = 150}, 19}};
  EXPECT_TRUE(cautions_of(made).empty());
  made.groups[0].different_words = 20;
  EXPECT_EQ(cautions_of(made).size(), 1u);
  made.groups[0] = {"Latin", {.words = 100, .tokens = 210}, 5};
  EXPECT_EQ(cautions_of(made).size(), 1u);
  made.groups[0].different_words = 4;
  EXPECT_TRUE(cautions_of(made).empty());
  made.groups[0] = {"Latin", {.words = 100, .tokens = 100, .unknown = 1}, 1};
  EXPECT_TRUE(cautions_of(made).empty());
  made.groups[0].of_words.unknown = 2;
  EXPECT_EQ(cautions_of(made).size(), 1u);
}

TEST_F(VocabularyFitTest, NotAColumnOfLanguages) {
  for (int i = 0; i < 51; ++i) add("Site: back.", "patient " + std::to_string(i));
  test::expect_user_error([&] { fit({.name = "", .column = "lang"}); },
                          "m.csv: column 'lang' has 51 different values: too many for languages");
  test::expect_user_error([&] { fit({.name = "", .column = "langue"}); }, "no column 'langue'");
}

}  // namespace
}  // namespace puente
