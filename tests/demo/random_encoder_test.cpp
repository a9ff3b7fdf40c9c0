// The folders with random weights against transformers' own lists of tensors
// (tools/reference_encoder.py), and what each option changes.
#include "demo/random_encoder.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "demo/narrow.h"
#include "demo/written.h"
#include "formats/json.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;
using test::values_of;
using test::Written;

struct Golden {
  const char* folder;
  const char* name;
  uint64_t seed;
  const char* vocabulary = "";  // in tests/golden
};

class GoldenTensors : public testing::TestWithParam<Golden> {};

TEST_P(GoldenTensors, AreThoseOfTransformers) {
  const std::string vocabulary = GetParam().vocabulary;
  const Written written(GetParam().name,
                        {.seed = GetParam().seed,
                         .vocabulary = vocabulary.empty() ? "" : test::golden(vocabulary),
                         .bias_noise = 0.1});
  const std::filesystem::path golden = test::golden(GetParam().folder);
  std::map<std::string, std::vector<int64_t>> expected, got;
  const Json list = read_json(golden / "tensors.json");
  for (const auto& [name, shape] : list.items()) {
    expected[name] = shape.get<std::vector<int64_t>>();
  }
  for (const TensorInfo& tensor : written.weights->tensors()) got[tensor.name] = tensor.shape;
  EXPECT_EQ(got, expected);
  EXPECT_EQ(sha256_file(written.folder / "model.safetensors").hex(),
            read_json(golden / "reference.json")["weights_sha256"].get<std::string>())
      << "other weights than those the golden numbers were made with";
}

INSTANTIATE_TEST_SUITE_P(
    Tiny, GoldenTensors,
    testing::Values(Golden{"clip_tiny", "clip-tiny", 7},
                    Golden{"clip_tiny_gelu", "clip-tiny-gelu", 8},
                    Golden{"dinov2_tiny", "dinov2-tiny", 9},
                    Golden{"dinov2_tiny_registers", "dinov2-tiny-registers", 10},
                    Golden{"dinov2_tiny_swiglu", "dinov2-tiny-swiglu", 11},
                    Golden{"vit_tiny", "vit-tiny", 12}, Golden{"bert_tiny", "bert-tiny", 13},
                    Golden{"siglip_tiny", "siglip-tiny", 14, "siglip_tokens/spiece.model"}),
    [](const auto& p) { return std::string(p.param.folder); });

TEST(RandomEncoder, UnknownNamesAreAnsweredWithTheKnown) {
  const TemporaryFolder folder;
  expect_user_error([&] { write_random_encoder(folder / "new", "bert", {}); },
                    "encoder \"bert\" is not known; known are clip-tiny, ");
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
  const std::vector<std::string> names = random_encoder_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(RandomEncoder, SaysThatItIsUntrained) {
  for (const char* name : {"clip-tiny", "dinov2-tiny", "vit-tiny", "bert-tiny"}) {
    const Written written(name, {.seed = 3});
    EXPECT_TRUE(written.json("config.json")["puente_untrained"].get<bool>()) << name;
    EXPECT_NE(test::read_text(written.folder / "README.md").find("# Untrained"), std::string::npos);
  }
}

TEST(RandomEncoder, WhatReadsNoTextsTakesNoVocabulary) {
  const TemporaryFolder folder;
  expect_user_error(
      [&] { write_random_encoder(folder.path(), "dinov2-tiny", {.vocabulary = "vocab.txt"}); },
      "vocab.txt: dinov2-tiny reads no texts; leave the vocabulary out");
}

TEST(RandomEncoder, BiasNoiseReachesLayerScaleAndRegisters) {
  const Written still("dinov2-tiny-registers", {}),
      noisy("dinov2-tiny-registers", {.bias_noise = 0.1});
  for (const auto& [name, value] :
       std::map<std::string, float>{{"encoder.layer.2.layer_scale2.lambda1", 1},
                                    {"embeddings.register_tokens", 0},
                                    {"layernorm.weight", 1},
                                    {"encoder.layer.0.attention.attention.key.bias", 0}}) {
    const std::vector<float> plain = still.values(name), moved = noisy.values(name);
    EXPECT_EQ(plain, std::vector<float>(plain.size(), value)) << name;
    for (const float v : moved) EXPECT_NE(v, value) << name;
  }
}

/// Rows in which b is not a; there each element must be 50 times as large.
std::set<int64_t> enlarged_rows(const Written& a, const Written& b, const std::string& name) {
  const std::vector<float> before = a.values(name), after = b.values(name);
  const int64_t rows = a.weights->tensor(name).shape[0];
  const size_t size = before.size() / static_cast<size_t>(rows);
  std::set<int64_t> enlarged;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    EXPECT_EQ(after[i], 50 * before[i]) << name << " " << i;
    enlarged.insert(static_cast<int64_t>(i / size));
  }
  return enlarged;
}

TEST(RandomEncoder, OutliersAreWholeChannelsWithTheirBias) {
  const Written plain("bert-tiny", {.seed = 4, .bias_noise = 0.1}),
      wild("bert-tiny", {.seed = 4, .bias_noise = 0.1, .outliers = true}),
      other("bert-tiny", {.seed = 5, .bias_noise = 0.1, .outliers = true});
  std::set<std::set<int64_t>> chosen;
  for (const char* layer :
       {"attention.self.query", "attention.output.dense", "intermediate.dense", "output.dense"}) {
    const std::string name = std::string("encoder.layer.1.") + layer;
    const std::set<int64_t> rows = enlarged_rows(plain, wild, name + ".weight");
    EXPECT_EQ(rows.size(), 1u) << name;
    EXPECT_EQ(enlarged_rows(plain, wild, name + ".bias"), rows) << name;
    chosen.insert(rows);
  }
  EXPECT_GT(chosen.size(), 1u) << "the same channel everywhere";
  EXPECT_EQ(enlarged_rows(plain, wild, "embeddings.LayerNorm.weight").size(), 1u);
  EXPECT_TRUE(enlarged_rows(plain, wild, "embeddings.LayerNorm.bias").empty());
  EXPECT_TRUE(enlarged_rows(plain, wild, "embeddings.word_embeddings.weight").empty());
  EXPECT_NE(other.values("pooler.dense.weight"), wild.values("pooler.dense.weight"));
}

struct NarrowType {
  DType dtype;
  const char* torch;
  uint16_t (*round)(float);
  float (*widen)(uint16_t);
};

TEST(RandomEncoder, NarrowTypesHoldTheRoundedWeights) {
  const Written wide("vit-tiny", {.bias_noise = 0.1});
  for (const auto& [dtype, torch, round, widen] :
       {NarrowType{DType::kF16, "float16", float_to_half, half_to_float},
        NarrowType{DType::kBF16, "bfloat16", float_to_bfloat16, bfloat16_to_float}}) {
    const Written narrow("vit-tiny", {.bias_noise = 0.1, .dtype = dtype});
    EXPECT_EQ(narrow.json("config.json")["torch_dtype"], torch);
    for (const TensorInfo& tensor : narrow.weights->tensors()) {
      EXPECT_EQ(tensor.dtype, dtype);
      std::vector<float> expected = wide.values(tensor.name);
      for (float& v : expected) v = widen(round(v));
      EXPECT_EQ(values_of(tensor), expected) << tensor.name;
    }
  }
}

/// Equal seeds give the same encoder in either form.
void expect_same_weights(const Written& plain, const Written& quirky,
                         const std::map<std::string, std::string>& names) {
  for (const auto& [name, old] : names) EXPECT_EQ(plain.values(name), quirky.values(old)) << name;
}

void expect_positions(const Written& written, std::string_view name, int64_t count) {
  const TensorInfo& tensor = written.weights->tensor(name);
  ASSERT_EQ(tensor.dtype, DType::kI64);
  ASSERT_EQ(tensor.shape, (std::vector<int64_t>{1, count}));
  std::vector<int64_t> got(static_cast<size_t>(count)), expected(got.size());
  std::memcpy(got.data(), tensor.bytes.data(), tensor.bytes.size());
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<int64_t>(i);
  EXPECT_EQ(got, expected);
}

TEST(RandomEncoder, BertAsItsFirstCheckpoint) {
  const Written plain("bert-tiny", {.bias_noise = 0.1}),
      quirky("bert-tiny", {.bias_noise = 0.1, .quirks = true});
  expect_same_weights(
      plain, quirky,
      {{"embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma"},
       {"encoder.layer.1.output.LayerNorm.bias", "bert.encoder.layer.1.output.LayerNorm.beta"},
       {"pooler.dense.weight", "bert.pooler.dense.weight"}});
  expect_positions(quirky, "bert.embeddings.position_ids", 64);
  EXPECT_NE(quirky.weights->find("cls.predictions.transform.LayerNorm.gamma"), nullptr);
  EXPECT_EQ(quirky.weights->find("embeddings.LayerNorm.weight"), nullptr);
}

TEST(RandomEncoder, VitAsAClassifier) {
  const Written plain("vit-tiny", {.bias_noise = 0.1}),
      quirky("vit-tiny", {.bias_noise = 0.1, .quirks = true});
  expect_same_weights(plain, quirky,
                      {{"embeddings.cls_token", "vit.embeddings.cls_token"},
                       {"layernorm.bias", "vit.layernorm.bias"}});
  EXPECT_EQ(quirky.weights->tensor("classifier.weight").shape, (std::vector<int64_t>{3, 48}));
  EXPECT_EQ(quirky.weights->find("vit.pooler.dense.weight"), nullptr);
  EXPECT_EQ(quirky.json("preprocessor_config.json")["size"], 32);
}

TEST(RandomEncoder, ClipAsItsFirstCheckpoint) {
  const Written plain("clip-tiny", {.bias_noise = 0.1}),
      quirky("clip-tiny", {.bias_noise = 0.1, .quirks = true});
  for (const TensorInfo& tensor : plain.weights->tensors()) {
    expect_same_weights(plain, quirky, {{tensor.name, tensor.name}});
  }
  expect_positions(quirky, "text_model.embeddings.position_ids", 77);
  expect_positions(quirky, "vision_model.embeddings.position_ids", 17);
  EXPECT_EQ(quirky.json("config.json")["text_config"]["eos_token_id"], 2);
  EXPECT_EQ(quirky.json("preprocessor_config.json")["crop_size"], 32);
}

TEST(RandomEncoder, MiniLmHasTheFilesOfSentenceTransformers) {
  const Written written("minilm-l6", {});
  EXPECT_TRUE(written.json("1_Pooling/config.json")["pooling_mode_mean_tokens"].get<bool>());
  EXPECT_EQ(written.json("modules.json")[2]["type"], "sentence_transformers.models.Normalize");
  EXPECT_EQ(written.json("sentence_bert_config.json")["max_seq_length"], 256);
}

}  // namespace
}  // namespace puente
