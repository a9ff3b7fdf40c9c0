// The comparison with published numbers, on tiny random encoders whose numbers transformers gave
// (tools/golden_published.py).
#include "certify/published.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "base/hash.h"
#include "demo/random_encoder.h"
#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

PublishedNumbers numbers_of(const Json& made) {
  static const std::map<std::string, PublishedKind> kKinds = {
      {"clip_logits", PublishedKind::clip_logits},
      {"image_states", PublishedKind::image_states},
      {"image_logits", PublishedKind::image_logits},
      {"text_states", PublishedKind::text_states}};
  PublishedNumbers numbers;
  numbers.checkpoint = made["name"].get<std::string>();
  numbers.kind = kKinds.at(made["kind"].get<std::string>());
  numbers.numbers = made["numbers"].get<std::vector<std::vector<double>>>();
  if (made.contains("texts")) numbers.texts = made["texts"].get<std::vector<std::string>>();
  if (made.contains("ids")) numbers.ids = made["ids"].get<std::vector<int32_t>>();
  numbers.first_position = made.value("first_position", 0);
  numbers.first_column = made.value("first_column", 0);
  numbers.tolerance = 1e-4;
  return numbers;
}

class Published : public testing::TestWithParam<int> {
 protected:
  Published() : made_(read_json(test::golden("published.json"))["encoders"][GetParam()]) {
    write_random_encoder(model_.path(), made_["name"].get<std::string>(),
                         {.seed = made_["seed"].get<uint64_t>(),
                          .bias_noise = 0.1,
                          .quirks = made_["quirks"].get<bool>()});
  }

  const std::filesystem::path picture_ = test::golden("vit_tiny") / "picture_1.png";
  test::TemporaryFolder model_;
  const Json made_;
};

TEST_P(Published, AgreesWithTransformers) {
  ASSERT_EQ(sha256_file(model_ / "model.safetensors").hex(),
            made_["weights_sha256"].get<std::string>())
      << "other weights than those the golden numbers were made with";
  const PublishedVerdict verdict = compare_published(model_.path(), numbers_of(made_), picture_);
  EXPECT_TRUE(verdict.agrees()) << verdict.difference;
  EXPECT_LT(verdict.difference, 2e-5);
  EXPECT_EQ(verdict.got.size(), made_["numbers"].size());
}

TEST_P(Published, SeesOneNumberThatDiffers) {
  PublishedNumbers expected = numbers_of(made_);
  expected.numbers.back().back() += 1e-3;
  const PublishedVerdict verdict = compare_published(model_.path(), expected, picture_);
  EXPECT_FALSE(verdict.agrees());
  EXPECT_NEAR(verdict.difference, 1e-3, 2e-5);
}

TEST_P(Published, RefusesAModelThatIsUntrained) {
  test::expect_user_error([&] { find_published(model_.path()); }, "untrained");
}

INSTANTIATE_TEST_SUITE_P(Tiny, Published, testing::Range(0, 4));

TEST(PublishedText, DependsOnTheFirstPosition) {
  const Json made = read_json(test::golden("published.json"))["encoders"][3];
  const test::TemporaryFolder model;
  write_random_encoder(model.path(), "bert-tiny", {.seed = 13, .bias_noise = 0.1});
  PublishedNumbers expected = numbers_of(made);
  expected.first_position = 0;
  EXPECT_FALSE(compare_published(model.path(), expected, "").agrees());
}

/// A folder with a config alone is enough to be recognised.
TEST(PublishedTable, RecognisesACheckpointByItsShape) {
  const test::TemporaryFolder folder;
  folder.file("config.json", R"({"model_type": "bert"})");  // all of it is the default
  EXPECT_EQ(find_published(folder.path()).checkpoint, "google-bert/bert-base-uncased");
  folder.file("config.json", R"({"model_type": "bert", "vocab_size": 28996})");
  test::expect_user_error([&] { find_published(folder.path()); },
                          "not one of the checkpoints with published numbers: openai/");
  folder.file("config.json", R"({"model_type": "dinov2", "image_size": 518, "patch_size": 14})");
  EXPECT_EQ(find_published(folder.path()).checkpoint, "facebook/dinov2-base");
  folder.file("config.json", R"({"model_type": "dinov2", "image_size": 224, "patch_size": 14})");
  test::expect_user_error([&] { find_published(folder.path()); }, "not one of");
  folder.file("config.json", R"({"model_type": "clip"})");
  EXPECT_EQ(find_published(folder.path()).checkpoint, "openai/clip-vit-base-patch32");
  folder.file("config.json", R"({"model_type": "siglip"})");
  test::expect_user_error([&] { find_published(folder.path()); }, "not one of");
}

TEST(PublishedTable, TakesAViTOnlyWithItsClassifier) {
  const test::TemporaryFolder folder;
  write_random_encoder(folder.path(), "vit-tiny", {});
  folder.file("config.json", R"({"model_type": "vit"})");
  test::expect_user_error([&] { find_published(folder.path()); }, "not one of");
}

TEST(PublishedTable, HoldsARectangleOfNumbersEach) {
  for (const PublishedNumbers& known : published_numbers()) {
    SCOPED_TRACE(known.checkpoint);
    ASSERT_FALSE(known.numbers.empty());
    for (const auto& row : known.numbers) EXPECT_EQ(row.size(), known.numbers[0].size());
    EXPECT_GT(known.tolerance, 0);
    EXPECT_FALSE(known.source.empty());
  }
}

}  // namespace
}  // namespace puente
