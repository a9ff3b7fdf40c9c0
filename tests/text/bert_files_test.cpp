#include "text/bert_files.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

constexpr const char* kVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nskin\n##s\n";

constexpr const char* kJson = R"({
  "added_tokens":[{"id":0,"content":"[UNK]","normalized":false,"special":true},
                  {"id":9,"content":"<new>","normalized":true,"special":false}],
  "normalizer":{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,
                "strip_accents":null,"lowercase":false},
  "pre_tokenizer":{"type":"BertPreTokenizer"},
  "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}]},
  "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"@",
           "max_input_chars_per_word":7,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"skin":3,"@s":4}}})";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(BertFiles, VocabTxt) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", kVocab);
  const BertFiles files = read_bert_files(folder.path());
  EXPECT_EQ(files.vocabulary.size(), 7u);
  EXPECT_EQ(files.vocabulary.at("##s"), 6);
  EXPECT_EQ(files.unknown, 1);
  EXPECT_EQ(files.start, 2);
  EXPECT_EQ(files.end, 3);
  EXPECT_EQ(files.added.size(), 5u);
  EXPECT_EQ(files.continuing, "##");
  EXPECT_EQ(files.longest_word, 100);
  EXPECT_TRUE(files.normaliser.clean && files.normaliser.space_ideographs &&
              files.normaliser.strip_accents && files.normaliser.lower_case);
}

TEST(BertFiles, LinesEndAsInPythonAndEmptyOnesCount) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", "[UNK]\r\n[CLS]\r[SEP]\n\n\n a\nlast");
  const BertFiles files = read_bert_files(folder.path());
  EXPECT_EQ(files.vocabulary.size(), 5u);
  EXPECT_EQ(files.vocabulary.at("[SEP]"), 2);
  EXPECT_EQ(files.vocabulary.at(" a"), 5);
  EXPECT_EQ(files.vocabulary.at("last"), 6);
}

TEST(BertFiles, BadVocabTxt) {
  const TemporaryFolder folder;
  const auto expect = [&](std::string_view vocab, const char* part) {
    folder.file("vocab.txt", vocab);
    expect_user_error([&] { read_bert_files(folder.path()); }, part);
  };
  expect("", "vocab.txt: holds no tokens");
  expect("\n\n", "vocab.txt: holds no tokens");
  expect("[CLS]\n[SEP]\n", "vocab.txt: has no token [UNK]");
  expect("[UNK]\n[SEP]\n", "vocab.txt: has no token [CLS]");
  expect("[UNK]\n[CLS]\n", "vocab.txt: has no token [SEP]");
  expect("[UNK]\n[CLS]\n[SEP]\na\nb\na\n", "vocab.txt: line 6: the token 'a' is on line 4 too");
  expect("[UNK]\n[CLS]\ncaf\xe9\n[SEP]\n", "vocab.txt: line 3: not UTF-8 text");
  expect("[UNK]\n[CLS]\n\xe2\x82", "vocab.txt: line 3: not UTF-8 text");
  expect(std::string_view("\x1f\x8b\x08\0", 4), "vocab.txt: line 1: not UTF-8 text");
}

TEST(BertFiles, TokenizerConfigSaysWhatToDo) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", std::string(kVocab) + "<unk>\n[more]\n");
  folder.file("tokenizer_config.json",
              R"({"do_lower_case":false,"tokenize_chinese_chars":false,"unk_token":"<unk>",)"
              R"("mask_token":{"content":"skin","normalized":true},"sep_token":null,)"
              R"("additional_special_tokens":["[more]","[absent]"]})");
  const BertFiles files = read_bert_files(folder.path());
  EXPECT_FALSE(files.normaliser.lower_case || files.normaliser.strip_accents ||
               files.normaliser.space_ideographs);
  EXPECT_EQ(files.unknown, 7);
  const auto find = [&](std::string_view content) {
    return std::find_if(files.added.begin(), files.added.end(),
                        [&](const AddedToken& token) { return token.content == content; });
  };
  EXPECT_TRUE(find("skin") != files.added.end() && find("skin")->normalized);
  EXPECT_TRUE(find("[more]") != files.added.end() && !find("[more]")->normalized);
  EXPECT_TRUE(find("[MASK]") == files.added.end() && find("[absent]") == files.added.end());
  folder.file("tokenizer_config.json", R"({"do_lower_case":false,"strip_accents":true})");
  EXPECT_TRUE(read_bert_files(folder.path()).normaliser.strip_accents);
}

TEST(BertFiles, AddedTokensOfTheNewAndOfTheOldForm) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", kVocab);
  folder.file("special_tokens_map.json", R"({"cls_token":"skin"})");
  folder.file("added_tokens.json", R"({"<new>":7})");
  BertFiles files = read_bert_files(folder.path());
  EXPECT_EQ(files.start, 5);
  EXPECT_EQ(files.added.front().id, 7);
  EXPECT_TRUE(files.added.front().normalized);
  // The companions of old count no more where this one lists the tokens.
  folder.file("tokenizer_config.json",
              R"({"added_tokens_decoder":{"8":{"content":"<other>","special":true}}})");
  files = read_bert_files(folder.path());
  EXPECT_EQ(files.start, 2);
  EXPECT_EQ(files.added.front().id, 8);
  EXPECT_FALSE(files.added.front().normalized);
}

TEST(BertFiles, BadTokenizerConfig) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", kVocab);
  const auto expect = [&](const char* name, const char* text, const char* part) {
    folder.file(name, text);
    expect_user_error([&] { read_bert_files(folder.path()); }, part);
    std::filesystem::remove(folder / name);
  };
  expect("tokenizer_config.json", "{", "tokenizer_config.json: line 1");
  expect("tokenizer_config.json", "[]", "tokenizer_config.json: should hold a JSON object");
  expect("tokenizer_config.json", R"({"added_tokens_decoder":{"x":{"content":"a"}}})",
         "tokenizer_config.json: added token 'a' has the id 'x'");
  expect("tokenizer_config.json", R"({"added_tokens_decoder":{"-1":{"content":"a"}}})",
         "has the id '-1'");
  expect("tokenizer_config.json", R"({"added_tokens_decoder":{"1":{}}})", "'1' has no content");
  expect("tokenizer_config.json", R"({"mask_token":{"content":"a","single_word":true}})",
         "token 'a' is single_word, which is not supported");
  expect("tokenizer_config.json", R"({"unk_token":"<unk>"})", "has no token <unk>");
  expect("special_tokens_map.json", "nonsense", "special_tokens_map.json: line 1");
  expect("added_tokens.json", R"({"a":1.5})", "added_tokens.json: token 'a' has the id 1.5");
}

TEST(BertFiles, TokenizerJsonIsTakenFirst) {
  const TemporaryFolder folder;
  folder.file("vocab.txt", "nonsense");
  folder.file("tokenizer.json", kJson);
  const BertFiles files = read_bert_files(folder.path());
  EXPECT_EQ(files.vocabulary.size(), 5u);
  EXPECT_EQ(files.unknown, 0);
  EXPECT_EQ(files.start, 1);
  EXPECT_EQ(files.end, 2);
  EXPECT_EQ(files.continuing, "@");
  EXPECT_EQ(files.longest_word, 7);
  ASSERT_EQ(files.added.size(), 4u);  // [CLS] and [SEP] come with every BERT
  EXPECT_EQ(files.added[1].id, 9);
  EXPECT_TRUE(files.added[1].normalized);
}

TEST(BertFiles, TokenizerConfigComesBeforeTheNormaliserOfTokenizerJson) {
  const TemporaryFolder folder;
  folder.file("tokenizer.json", kJson);
  const BertNormaliser by_default = read_bert_files(folder.path()).normaliser;
  EXPECT_FALSE(by_default.clean);  // which tokenizer_config.json has no word for
  EXPECT_TRUE(by_default.lower_case && by_default.strip_accents && by_default.space_ideographs);
  folder.file("tokenizer_config.json", R"({"tokenizer_class":"PreTrainedTokenizerFast"})");
  const BertNormaliser as_it_stands = read_bert_files(folder.path()).normaliser;
  EXPECT_FALSE(as_it_stands.lower_case || as_it_stands.strip_accents ||
               as_it_stands.space_ideographs);
  EXPECT_EQ(read_bert_files(folder.path()).added.size(), 2u);
}

TEST(BertFiles, OtherFormsOfTokenizerJson) {
  const TemporaryFolder folder;
  std::string json = replaced(kJson, R"("type":"WordPiece",)", "");
  const size_t begin = json.find(R"({"type":"TemplateProcessing")");
  json.replace(begin, json.find("]}", begin) + 2 - begin,
               R"({"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]})");
  folder.file("tokenizer.json", json);
  const BertFiles files = read_bert_files(folder.path());
  EXPECT_EQ(files.start, 1);
  EXPECT_EQ(files.end, 2);
}

TEST(BertFiles, OtherTokenizersAreRefused) {
  const TemporaryFolder folder;
  const auto expect = [&](std::string_view from, std::string_view to, const char* part) {
    folder.file("tokenizer.json", replaced(kJson, from, to));
    expect_user_error([&] { read_bert_files(folder.path()); }, part);
  };
  expect("\"WordPiece\"", "\"BPE\"", "tokenizer.json: its model is a BPE, which is not supported");
  expect("\"model\"", "\"no_model\"", "its model is missing");
  expect("\"BertNormalizer\"", "\"Lowercase\"", "its normalizer is a Lowercase");
  expect("\"normalizer\":{", "\"normalizer\":null,\"x\":{", "its normalizer is missing");
  expect("\"BertPreTokenizer\"", "\"Whitespace\"", "its pre_tokenizer is a Whitespace");
  expect("\"TemplateProcessing\"", "\"ByteLevel\"", "its post_processor does not frame");
  expect("\"post_processor\"", "\"no_processor\"", "its post_processor does not frame");
  expect(R"({"Sequence":{"id":"A","type_id":0}},)", "", "its post_processor does not frame");
  expect(R"({"id":"[SEP]","type_id":0})", R"({"id":"</s>","type_id":0})", "has no token </s>");
  expect(R"("[UNK]":0,)", "", "tokenizer.json: has no token [UNK]");
  expect(R"("skin":3)", R"("skin":2)", "which another token has too");
  expect(R"("skin":3)", R"("skin":-3)", "token 'skin' has the id -3");
  expect(R"("vocab":{)", R"("vocab":[],"x":{)", "holds no tokens");
  expect(R"("max_input_chars_per_word":7)", R"("max_input_chars_per_word":"many")",
         "max_input_chars_per_word");
  expect(R"("continuing_subword_prefix":"@")", R"("continuing_subword_prefix":1)",
         "continuing_subword_prefix is not a text");
  expect(R"("content":"<new>",)", R"("content":"<new>","single_word":true,)", "single_word");
  expect("{\n", "{{", "tokenizer.json: line 1");
}

TEST(BertFiles, MissingFiles) {
  const TemporaryFolder folder;
  expect_user_error([&] { read_bert_files(folder.path()); },
                    "expected tokenizer.json or vocab.txt");
  expect_user_error([&] { read_bert_files(folder / "absent"); }, "no such folder");
  folder.file("vocab.txt", kVocab);
  expect_user_error([&] { read_bert_files(folder / "vocab.txt"); }, "no such folder");
}

}  // namespace
}  // namespace puente
