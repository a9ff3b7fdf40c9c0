#include "encoders/clip_config.h"

#include <gtest/gtest.h>
#include <string>

#include "demo/random_clip.h"
#include "encoders/encoder.h"
#include "support/files.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

ClipConfig parse(const std::string& json) {
  const TemporaryFolder folder;
  folder.file("config.json", json);
  return read_clip_config(folder.path());
}

void expect_message(const std::string& json, std::string_view part) {
  expect_user_error([&] { parse(json); }, part);
}

TEST(ClipConfig, LeftOutKeysAreThoseOfB32) {
  const ClipConfig c = parse(R"({"model_type": "clip"})");
  EXPECT_EQ(c.projection, 512);
  EXPECT_TRUE(c.quick_gelu);
  EXPECT_FALSE(c.untrained);
  EXPECT_EQ(c.vision.hidden, 768);
  EXPECT_EQ(c.vision.layers, 12);
  EXPECT_EQ(c.vision.heads, 12);
  EXPECT_EQ(c.vision.mlp, 3072);
  EXPECT_EQ(c.vision.image_size, 224);
  EXPECT_EQ(c.vision.patch_size, 32);
  EXPECT_EQ(c.text.hidden, 512);
  EXPECT_EQ(c.text.heads, 8);
  EXPECT_EQ(c.text.mlp, 2048);
  EXPECT_EQ(c.text.vocabulary, 49408);
  EXPECT_EQ(c.text.positions, 77);
  EXPECT_EQ(c.text.end_token, 49407);
  EXPECT_FLOAT_EQ(c.text.layer_norm_epsilon, 1e-5f);
}

TEST(ClipConfig, ReadsNestedKeysAndNulls) {
  const ClipConfig c = parse(R"({"model_type": "clip", "projection_dim": 768,
      "text_config_dict": null,
      "text_config": {"hidden_size": 768, "num_attention_heads": 12, "hidden_act": "gelu",
                      "eos_token_id": 2, "projection_dim": 5, "torch_dtype": null},
      "vision_config": {"hidden_size": 1024, "num_attention_heads": 16, "patch_size": 14,
                        "hidden_act": "gelu", "layer_norm_eps": 1e-6}})");
  EXPECT_EQ(c.projection, 768);
  EXPECT_FALSE(c.quick_gelu);
  EXPECT_EQ(c.text.hidden, 768);
  EXPECT_EQ(c.text.end_token, 2);
  EXPECT_EQ(c.vision.patch_size, 14);
  EXPECT_FLOAT_EQ(c.vision.layer_norm_epsilon, 1e-6f);
}

TEST(ClipConfig, TheOldDictReplacesTheNewOne) {
  const ClipConfig c = parse(R"({"model_type": "clip",
      "text_config_dict": {"hidden_size": 768, "num_attention_heads": 12},
      "text_config": {"hidden_size": 512, "eos_token_id": 2}})");
  EXPECT_EQ(c.text.hidden, 768);
  EXPECT_EQ(c.text.end_token, 49407);
}

TEST(ClipConfig, NamesAnotherArchitecture) {
  const auto load_message = [](const std::string& json, std::string_view part) {
    const TemporaryFolder folder;
    folder.file("config.json", json);
    expect_user_error([&] { load_encoder(folder.path(), {}); }, part);
  };
  load_message(
      R"({"model_type": "t5", "hidden_size": 768})",
      "config.json: describes a model of type \"t5\"; the known kinds of encoder are bert");
  load_message(R"({"hidden_size": 768})", "has no model_type");
  expect_message("[1]", "must hold a JSON object");
  expect_user_error([] { read_clip_config("/nowhere"); }, "/nowhere");
}

TEST(ClipConfig, NamesABadValue) {
  const auto vision = [](const std::string& keys) {
    return R"({"model_type": "clip", "vision_config": {)" + keys + "}}";
  };
  expect_message(vision(R"("image_size": 225)"),
                 "vision_config.image_size 225 is not a multiple of patch_size 32");
  expect_message(vision(R"("hidden_size": 770)"), "not a multiple of num_attention_heads 12");
  expect_message(vision(R"("hidden_size": -1)"),
                 "vision_config.hidden_size must be a whole number");
  expect_message(vision(R"("hidden_size": 1e99)"), "hidden_size must be a whole number");
  expect_message(vision(R"("hidden_size": 18446744073709551615)"), "hidden_size must be");
  expect_message(vision(R"("num_attention_heads": 0)"), "num_attention_heads must be");
  expect_message(vision(R"("num_hidden_layers": 100000)"), "from 1 to 1000");
  expect_message(vision(R"("num_channels": 1)"), "num_channels must be 3");
  expect_message(vision(R"("hidden_act": "mish")"), "hidden_act is \"mish\"; known are");
  expect_message(vision(R"("hidden_act": "relu")"), "must be quick_gelu or gelu");
  expect_message(vision(R"("hidden_act": "gelu")"), "hidden_act differs");
  expect_message(vision(R"("layer_norm_eps": "x")"), "layer_norm_eps must be a number");
  expect_message(R"({"model_type": "clip", "vision_config": 3})",
                 "vision_config must be an object");
}

TEST(ClipConfig, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  ClipConfig c = named_clip("tiny");
  c.quick_gelu = false;
  c.vision.layer_norm_epsilon = 1e-6f;
  write_random_clip(folder.path(), c, 1);
  const ClipConfig read = read_clip_config(folder.path());
  EXPECT_TRUE(read.untrained);
  EXPECT_FALSE(read.quick_gelu);
  EXPECT_EQ(read.vision.mlp, c.vision.mlp);
  EXPECT_EQ(read.text.mlp, c.text.mlp);
  EXPECT_EQ(read.text.end_token, 513);
  EXPECT_FLOAT_EQ(read.vision.layer_norm_epsilon, 1e-6f);
  EXPECT_EQ(read.projection, c.projection);
}

}  // namespace
}  // namespace puente
