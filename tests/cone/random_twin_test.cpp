#include "demo/random_twin.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "base/hash.h"
#include "demo/random_encoder.h"
#include "encoders/encoder.h"
#include "support/files.h"

namespace puente {
namespace {

class RandomTwin : public testing::TestWithParam<const char*> {};

RandomEncoderOptions options_of(const std::string& name, uint64_t seed) {
  RandomEncoderOptions options{.seed = seed};
  if (name.starts_with("siglip")) options.vocabulary = test::golden("siglip_tokens/spiece.model");
  return options;
}

/// What was made from a name is made again from its config.json alone.
TEST_P(RandomTwin, HasTheWeightsOfARandomEncoderOfThatSeed) {
  const std::string name = GetParam();
  const test::TemporaryFolder folder;
  RandomEncoderOptions first = options_of(name, 1);
  first.bias_noise = 0.1;
  write_random_encoder(folder / "first", name, first);
  write_random_encoder(folder / "second", name, options_of(name, 2));
  write_random_twin(folder / "first", 2, folder / "twin");
  EXPECT_EQ(sha256_file(folder / "twin/model.safetensors").hex(),
            sha256_file(folder / "second/model.safetensors").hex());
  const LoadedEncoder loaded = load_encoder(folder / "twin", encoder_parts(folder / "first"), {});
  EXPECT_TRUE(has_random_twin(loaded.architecture));
}

INSTANTIATE_TEST_SUITE_P(Names, RandomTwin,
                         testing::Values("clip-tiny", "bert-tiny", "vit-tiny", "siglip-tiny",
                                         "dinov2-tiny", "dinov2-tiny-registers",
                                         "dinov2-tiny-swiglu"),
                         [](const auto& p) {
                           std::string name = p.param;
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(RandomTwinOf, ACheckpointWithOtherNamesLoads) {
  const test::TemporaryFolder folder;
  RandomEncoderOptions options{.seed = 1};
  options.quirks = true;
  for (const char* name : {"bert-tiny", "vit-tiny", "clip-tiny"}) {
    write_random_encoder(folder / name, name, options);
    const std::filesystem::path twin = folder / (std::string(name) + "-twin");
    write_random_twin(folder / name, 2, twin);
    load_encoder(twin, encoder_parts(folder / name), {});
  }
}

TEST(RandomTwinOf, ALlamaIsNotMade) { EXPECT_FALSE(has_random_twin("llama")); }

}  // namespace
}  // namespace puente
