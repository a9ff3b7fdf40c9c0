// The vocabularies that the folders with random weights take from the user.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "demo/sentencepiece_bytes.h"
#include "demo/written.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::sentencepiece_model;
using test::TemporaryFolder;
using test::Written;

TEST(BertVocabulary, IsReadFromAFileOrAFolder) {
  const TemporaryFolder folder;
  const auto path = folder.file("vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nx\r\n");
  for (const auto& vocabulary : {path, folder.path()}) {
    const Written written("bert-tiny", {.vocabulary = vocabulary});
    EXPECT_EQ(written.json("config.json")["vocab_size"], 6);
    EXPECT_EQ(written.json("tokenizer.json")["model"]["vocab"]["x"], 5);
    EXPECT_EQ(test::read_text(written.folder / "vocab.txt"),
              "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nx\n");
  }
}

TEST(BertVocabulary, RefusesWhatIsNone) {
  const TemporaryFolder folder;
  const auto refused = [&](std::string_view text, std::string_view part) {
    const auto path = folder.file("v.txt", text);
    expect_user_error(
        [&] { write_random_encoder(folder / "out", "bert-tiny", {.vocabulary = path}); }, part);
  };
  refused("[PAD]\n[UNK]\n[CLS]\n[MASK]\n", "v.txt: has no token [SEP]; give the vocab.txt of a");
  refused("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n", "v.txt: has the token \"a\" twice");
}

TEST(RandomSiglip, TakesItsVocabularyFromASentencePieceModel) {
  const TemporaryFolder folder;
  const auto path = folder.file("spiece.model", sentencepiece_model({"<unk>", "</s>", "a", "b"}));
  const Written written("siglip-tiny", {.vocabulary = path}),
      quirky("siglip-tiny", {.vocabulary = folder.path(), .quirks = true});
  EXPECT_EQ(written.weights->tensor("text_model.embeddings.token_embedding.weight").shape,
            (std::vector<int64_t>{4, 48}));
  EXPECT_EQ(written.weights->tensor("vision_model.head.attention.in_proj_weight").shape,
            (std::vector<int64_t>{144, 48}));
  EXPECT_EQ(test::read_text(written.folder / "spiece.model"), test::read_text(path));
  EXPECT_EQ(written.json("config.json")["text_config"]["hidden_act"], "gelu_pytorch_tanh");
  EXPECT_FALSE(quirky.json("config.json")["text_config"].contains("hidden_act"));
  EXPECT_EQ(quirky.json("config.json")["text_config"]["hidden_size"], 48);
}

TEST(RandomSiglip, RefusesOtherFiles) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::filesystem::path& vocabulary, std::string_view part) {
    expect_user_error(
        [&] { write_random_encoder(folder / "out", "siglip-tiny", {.vocabulary = vocabulary}); },
        part);
  };
  refused("", "siglip-tiny needs a SentencePiece model");
  refused(folder.file("text.model", "[PAD]\n[UNK]\n"), "text.model: is not a SentencePiece model");
  refused(folder.file("empty.model", ""), "empty.model: is not a SentencePiece model");
  refused(folder.file("other.model", sentencepiece_model({"<unk>", "a"})),
          "other.model: has no piece </s>");
  const std::string whole = sentencepiece_model({"<unk>", "</s>"});
  refused(folder.file("cut.model", whole.substr(0, whole.size() - 6)),
          "cut.model: is not a SentencePiece model");
}

}  // namespace
}  // namespace puente
