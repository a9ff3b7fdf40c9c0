#include "text/sentencepiece_model.h"

#include <gtest/gtest.h>

#include "support/files.h"

namespace puente {
namespace {

TEST(SentencePieceModel, PutsNoSpaceBeforeAText) {
  const SentencePieceModel model(test::golden("siglip_tokens/spiece.model"));
  const std::optional<int32_t> word = model.find("\u2581the");
  ASSERT_TRUE(word);
  EXPECT_EQ(model.encode("\u2581the"), std::vector<int32_t>{*word});
  EXPECT_NE(model.encode("the").front(), *word);
  EXPECT_TRUE(model.encode("").empty());
}

TEST(SentencePieceModel, FindsPieces) {
  const SentencePieceModel model(test::golden("siglip_tokens/spiece.model"));
  EXPECT_EQ(model.size(), 400);
  EXPECT_EQ(model.find("</s>"), 1);
  EXPECT_EQ(model.find("<unk>"), 2);
  EXPECT_EQ(model.find("no such piece"), std::nullopt);
  EXPECT_EQ(model.find(""), std::nullopt);
}

}  // namespace
}  // namespace puente
