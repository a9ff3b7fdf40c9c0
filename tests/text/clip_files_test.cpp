#include "text/clip_files.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

constexpr const char* kClipVocab =
    R"({"a":0,"b</w>":1,"ab</w>":2,"<|startoftext|>":3,"<|endoftext|>":4})";
constexpr const char* kMerges = "#version: 0.2\na b</w>\n";

std::string tokenizer_json(const std::string& model_extra = "", const std::string& added = "") {
  return R"({"added_tokens":[)" + added +
         R"(],"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]},)"
         R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"}]},)"
         R"("model":{"type":"BPE","unk_token":"<|endoftext|>",)" +
         model_extra + R"("end_of_word_suffix":"</w>","vocab":)" + kClipVocab +
         R"(,"merges":["a b</w>"]}})";
}

void gzip(const std::filesystem::path& path, const std::string& text) {
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
            static_cast<int>(text.size()));
  gzclose(file);
}

TEST(ClipFiles, VocabAndMerges) {
  const TemporaryFolder folder;
  folder.file("vocab.json", kClipVocab);
  folder.file("merges.txt", "#version: 0.2\r\na b</w>\r\n\r\n");
  const ClipFiles files = read_clip_files(folder.path());
  EXPECT_EQ(files.vocabulary.size(), 5u);
  ASSERT_EQ(files.merges.size(), 1u);
  EXPECT_EQ(files.merges[0], (std::pair<std::string, std::string>{"a", "b</w>"}));
  EXPECT_EQ(files.start, 3);
  EXPECT_EQ(files.end, 4);
  EXPECT_EQ(files.unknown, 4);
}

TEST(ClipFiles, TokenizerJsonIsTakenFirst) {
  const TemporaryFolder folder;
  folder.file("vocab.json", "nonsense");
  folder.file("merges.txt", "nonsense");
  folder.file("tokenizer.json",
              tokenizer_json("", R"({"id":7,"content":"<extra>","normalized":false})"));
  const ClipFiles files = read_clip_files(folder.path());
  EXPECT_EQ(files.merges.size(), 1u);
  EXPECT_EQ(files.vocabulary.at("<extra>"), 7);
  ASSERT_EQ(files.added.size(), 1u);
  EXPECT_FALSE(files.added[0].normalized);
}

TEST(ClipFiles, MergesAsPairsInTokenizerJson) {
  const TemporaryFolder folder;
  std::string text = tokenizer_json();
  text.replace(text.find(R"("a b</w>"])"), 10, R"(["a","b</w>"]])");
  folder.file("tokenizer.json", text);
  const ClipFiles files = read_clip_files(folder.path());
  ASSERT_EQ(files.merges.size(), 1u);
  EXPECT_EQ(files.merges[0].second, "b</w>");
}

TEST(ClipFiles, OpenAIMergesPlainAndCompressed) {
  const TemporaryFolder folder;
  folder.file("plain.txt", "\"x\"#version: 0.2\na t</w>\nc at</w>\n");
  gzip(folder / "merges.txt.gz", "\"x\"#version: 0.2\na t</w>\nc at</w>");
  for (const char* name : {"plain.txt", "merges.txt.gz"}) {
    const ClipFiles files = read_clip_files(folder / name);
    EXPECT_EQ(files.vocabulary.size(), 516u);
    EXPECT_EQ(files.vocabulary.at("!"), 0);
    EXPECT_EQ(files.vocabulary.at("!</w>"), 256);
    EXPECT_EQ(files.vocabulary.at("at</w>"), 512);
    EXPECT_EQ(files.vocabulary.at("cat</w>"), 513);
    EXPECT_EQ(files.start, 514);
    EXPECT_EQ(files.end, 515);
  }
}

TEST(ClipFiles, MissingFilesAreNamed) {
  const TemporaryFolder folder;
  expect_user_error([&] { read_clip_files(folder / "nowhere"); }, "no such file or folder");
  expect_user_error([&] { read_clip_files(folder.path()); },
                    "expected tokenizer.json, or vocab.json and merges.txt");
  folder.file("vocab.json", kClipVocab);
  expect_user_error([&] { read_clip_files(folder.path()); }, "no merges.txt");
  std::filesystem::remove(folder / "vocab.json");
  folder.file("merges.txt", kMerges);
  expect_user_error([&] { read_clip_files(folder.path()); }, "no vocab.json");
}

TEST(ClipFiles, BadVocabularies) {
  const TemporaryFolder folder;
  folder.file("merges.txt", kMerges);
  const auto expect = [&](const std::string& vocab, const char* part) {
    folder.file("vocab.json", vocab);
    expect_user_error([&] { read_clip_files(folder.path()); }, part);
  };
  expect("", "vocab.json");
  expect("{\"a\":0,", "vocab.json");
  expect("[1,2]", "should hold a JSON object");
  expect(R"({"a":"x"})", "token 'a' has the id");
  expect(R"({"a":-1})", "has the id -1");
  expect(R"({"a":1.5})", "has the id 1.5");
  expect(R"({"a":4294967296})", "has the id 4294967296");
  expect(R"({"a":18446744073709551615})", "has the id 18446744073709551615");
  expect(R"({"a":1,"b":1})", "which another token has too");
  expect(R"({"a":1,"b":2})", "no token <|startoftext|>");
  expect(R"({"a":1,"<|startoftext|>":2})", "no token <|endoftext|>");
}

TEST(ClipFiles, BytesAloneNeedNoMerges) {
  const TemporaryFolder folder;
  folder.file("merges.txt", "#version: 0.2\n");
  folder.file("vocab.json", R"({"a":0,"a</w>":1,"<|startoftext|>":2,"<|endoftext|>":3})");
  EXPECT_EQ(read_clip_files(folder.path()).vocabulary.size(), 4u);
  folder.file("vocab.json", R"({"a":0,"aa":1,"<|startoftext|>":2,"<|endoftext|>":3})");
  expect_user_error([&] { read_clip_files(folder.path()); }, "holds no merges");
}

TEST(ClipFiles, BadMerges) {
  const TemporaryFolder folder;
  folder.file("vocab.json", kClipVocab);
  const auto expect = [&](const std::string& merges, const char* part) {
    folder.file("merges.txt", merges);
    expect_user_error([&] { read_clip_files(folder.path()); }, part);
  };
  expect("", "holds no merges");
  expect("#version: 0.2\n", "holds no merges");
  expect("#version: 0.2\na b</w>\nalone\n", "line 3: a merge is two tokens");
  expect("#version: 0.2\na b c\n", "line 2: a merge is two tokens");
  expect("#version: 0.2\n\na b</w>\n", "line 2: a merge is two tokens");
}

TEST(ClipFiles, MergesStopAtClipsNumber) {
  const TemporaryFolder folder;
  std::string text = "#version: 0.2\n";
  for (int i = 0; i < 48894; ++i) text += "a b\n";
  folder.file("merges.txt", text + "never read as a merge\n");
  folder.file("vocab.json", kClipVocab);
  EXPECT_EQ(read_clip_files(folder.path()).merges.size(), 48894u);
}

TEST(ClipFiles, OtherTokenizersAreRefused) {
  const TemporaryFolder folder;
  const auto expect = [&](const std::string& text, const char* part) {
    folder.file("tokenizer.json", text);
    expect_user_error([&] { read_clip_files(folder.path()); }, part);
  };
  expect("{}", "not CLIP's tokenizer");
  expect(R"({"model":[]})", "not CLIP's tokenizer");
  expect(R"({"model":{"type":"WordPiece","vocab":{"a":1}}})", "not CLIP's tokenizer");
  expect(tokenizer_json(R"("ignore_merges":true,)"), "not CLIP's tokenizer");
  std::string cased = tokenizer_json();
  cased.replace(cased.find("Lowercase"), 9, "NFKC");
  expect(cased, "not CLIP's tokenizer");
  expect(tokenizer_json("", R"({"id":9})"), "no content or no id");
  expect(tokenizer_json("", R"({"id":-9,"content":"x"})"), "has the id -9");
  expect(tokenizer_json("", R"({"id":9,"content":"x","single_word":true})"), "single_word");
  std::string bad_merge = tokenizer_json();
  bad_merge.replace(bad_merge.find("a b</w>\"]"), 7, "ab</w>");
  expect(bad_merge, "merge 1 of the model");
}

TEST(ClipFiles, DamagedCompressedFiles) {
  const TemporaryFolder folder;
  gzip(folder / "whole.gz", "#version\n" + std::string(100000, 'a') + " b\n");
  const std::string whole = test::read_text(folder / "whole.gz");
  folder.file("cut.gz", whole.substr(0, whole.size() / 2));
  expect_user_error([&] { read_clip_files(folder / "cut.gz"); }, "damaged or cut short");
  folder.file("head.gz", "\x1f\x8b");
  expect_user_error([&] { read_clip_files(folder / "head.gz"); }, "damaged or cut short");
  gzip(folder / "bomb.gz", std::string(70u << 20, 'a'));
  expect_user_error([&] { read_clip_files(folder / "bomb.gz"); }, "damaged or cut short");
}

}  // namespace
}  // namespace puente
