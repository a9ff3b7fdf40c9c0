#include "demo/random_twin.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "demo/llama_twin.h"
#include "demo/random_encoder.h"
#include "encoders/encoder.h"
#include "encoders/llama_file.h"
#include "formats/gguf.h"
#include "formats/json.h"
#include "formats/safetensors.h"
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
  load_encoder(folder / "twin", encoder_parts(folder / "first"), {});
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

constexpr EncoderParts kText{.image = false, .text = true};

RandomEncoderOptions llama_options() {
  return {.seed = 1, .vocabulary = test::golden("llama_tokens/tokenizer.model"), .outliers = true};
}

/// Mean and deviation of some numbers.
std::pair<double, double> moments(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float v : values) sum += v, squares += static_cast<double>(v) * v;
  const double mean = sum / static_cast<double>(values.size());
  return {mean, std::sqrt(squares / static_cast<double>(values.size()) - mean * mean)};
}

/// A matrix as normal as transformers would draw it, gains of one: nothing of the model's own.
void expect_drawn(const std::filesystem::path& twin, double wanted) {
  const LlamaFile file(twin);
  Matrix rows(100, file.config().hidden);
  std::vector<int32_t> ids(100);
  std::iota(ids.begin(), ids.end(), 0);
  file.embed(ids, rows.view());
  const auto [mean, deviation] = moments({rows.data(), static_cast<size_t>(rows.size())});
  EXPECT_NEAR(mean, 0, wanted / 20);
  EXPECT_NEAR(deviation, wanted, wanted / 20);
  for (const float gain : file.norm(1, LlamaNorm::mlp).gamma) EXPECT_EQ(gain, 1);
}

Matrix vector_of(const std::filesystem::path& model, const char* text) {
  const LoadedEncoder loaded = load_encoder(model, kText, {});
  Matrix vector(1, loaded.text->dimension());
  EncoderWorker worker;
  const std::vector<TokenizedText> texts = {loaded.text->tokenize(text, Truncate::error)};
  loaded.text->encode(worker, texts, vector.view());
  return vector;
}

TEST(RandomTwinOf, ALlama) {
  const test::TemporaryFolder folder;
  for (const char* name : {"llama", "llama.gguf"}) {
    SCOPED_TRACE(name);
    write_random_encoder(folder / name, "llama-tiny", llama_options());
    const auto first = write_random_twin(folder / name, 2, folder / (std::string("2") + name));
    const auto again = write_random_twin(folder / name, 2, folder / (std::string("2a") + name));
    const auto other = write_random_twin(folder / name, 3, folder / (std::string("3") + name));
    expect_drawn(first, 0.02);
    const Matrix a = vector_of(first, "fever"), b = vector_of(again, "fever"),
                 c = vector_of(other, "fever");
    EXPECT_TRUE(std::equal(a.data(), a.data() + a.size(), b.data()));
    EXPECT_FALSE(std::equal(a.data(), a.data() + a.size(), c.data()));
  }
}

TEST(RandomTwinOf, ALlamasFolderHas16BitsAndItsOwnHeads) {
  const test::TemporaryFolder folder;
  write_random_encoder(folder / "llama", "llama-tiny", llama_options());
  // As Mistral-Nemo's: 4 heads of 8 numbers beside 64 hidden ones.
  Json config = Json::parse(test::read_text(folder / "llama/config.json"));
  config["head_dim"] = 8;
  folder.file("llama/config.json", config.dump());
  const auto twin = write_random_twin(folder / "llama", 2, folder / "twin");
  const Checkpoint weights(twin);
  const TensorInfo* query = weights.find("model.layers.0.self_attn.q_proj.weight");
  ASSERT_NE(query, nullptr);
  EXPECT_EQ(query->dtype, DType::kF16);
  EXPECT_EQ(query->shape, (std::vector<int64_t>{32, 64}));
  vector_of(twin, "fever");
}

TEST(RandomTwinOf, AGgufHasAllThatIsNotAboutTheFile) {
  const test::TemporaryFolder folder;
  write_random_gguf_twin(test::golden("gguf/types.gguf"), 1, folder / "twin.gguf");
  const GgufFile own(test::golden("gguf/types.gguf")), twin(folder / "twin.gguf");
  EXPECT_EQ(own.metadata().integer("general.alignment"), 64);
  for (const std::string& key : own.metadata().keys()) {
    SCOPED_TRACE(key);
    const GgufValue& a = *own.metadata().find(key);
    const GgufValue* b = twin.metadata().find(key);
    if (key == "general.alignment") {
      EXPECT_EQ(b, nullptr);  // the twin's tensors lie elsewhere
      continue;
    }
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(a.type, b->type);
    EXPECT_EQ(a.count, b->count);
    EXPECT_TRUE(std::ranges::equal(a.bytes, b->bytes));
  }
  ASSERT_EQ(own.tensors().size(), twin.tensors().size());
  for (size_t i = 0; i < own.tensors().size(); ++i) {
    EXPECT_EQ(own.tensors()[i].name, twin.tensors()[i].name);
    EXPECT_EQ(own.tensors()[i].shape, twin.tensors()[i].shape);
  }
}

/// LLaMA-3.1's rotations are stretched by a tensor, which is no weight.
TEST(RandomTwinOf, AGgufKeepsItsRotations) {
  const test::TemporaryFolder folder;
  write_random_encoder(folder / "third.gguf", "llama-3-tiny", {.seed = 1});
  const auto twin = write_random_twin(folder / "third.gguf", 2, folder / "twin");
  EXPECT_EQ(LlamaFile(twin).config().frequencies,
            LlamaFile(folder / "third.gguf").config().frequencies);
}

}  // namespace
}  // namespace puente
