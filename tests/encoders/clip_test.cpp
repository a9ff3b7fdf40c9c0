#include "encoders/clip.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "demo/random_clip.h"
#include "encoders/encoder.h"
#include "formats/safetensors.h"
#include "support/files.h"
#include "support/vectors.h"

namespace puente {
namespace {

using test::expect_user_error;
using test::TemporaryFolder;

AlignedVector<float> random_pixels(const LoadedEncoder& clip, int64_t batch) {
  const int64_t side = clip.image->pixel_recipe().width();
  AlignedVector<float> pixels(static_cast<size_t>(batch * 3 * side * side));
  Rng rng(9);
  for (float& v : pixels) v = static_cast<float>(rng.uniform(-2, 2));
  return pixels;
}

void expect_unit_rows(const Matrix& m) {
  for (int64_t i = 0; i < m.rows(); ++i) {
    double square = 0;
    for (const float v : m.row_span(i)) square += static_cast<double>(v) * v;
    EXPECT_NEAR(square, 1, 1e-6);
  }
}

/// A tiny model, made once.
class ClipTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    write_random_clip(folder_->path(), named_clip("tiny"), {.seed = 3, .bias_noise = 0.1});
    clip_ = new LoadedEncoder(load_encoder(folder_->path(), {}));
  }
  static void TearDownTestSuite() {
    delete clip_;
    delete folder_;
  }
  /// A copy with one tensor's values changed, its shape changed, or the tensor left out.
  struct Change {
    std::string tensor;
    std::vector<float> values;   // replaces the first of them
    std::vector<int64_t> shape;  // same number of elements
    bool leave_out = false;
    DType dtype = DType::kF32;  // of all tensors
  };
  static void copy_model(const TemporaryFolder& to, const Change& change);

  static inline TemporaryFolder* folder_ = nullptr;
  static inline LoadedEncoder* clip_ = nullptr;
};

uint16_t to_bfloat16(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return static_cast<uint16_t>(bits >> 16);
}

void ClipTest::copy_model(const TemporaryFolder& to, const Change& change) {
  for (const char* name : {"config.json", "preprocessor_config.json", "vocab.json", "merges.txt"}) {
    std::filesystem::copy_file(*folder_ / name, to / name);
  }
  const SafetensorsFile file(*folder_ / "model.safetensors");
  std::vector<TensorSpec> specs;
  for (const TensorInfo& tensor : file.tensors()) {
    const bool changed = tensor.name == change.tensor;
    if (changed && change.leave_out) continue;
    specs.push_back({tensor.name, change.dtype,
                     changed && !change.shape.empty() ? change.shape : tensor.shape});
  }
  SafetensorsWriter writer(to / "model.safetensors", specs);
  for (const TensorSpec& spec : specs) {
    std::vector<float> values(static_cast<size_t>(file.tensor(spec.name).elements()));
    to_float(file.tensor(spec.name), values);
    if (spec.name == change.tensor) {
      std::copy(change.values.begin(), change.values.end(), values.begin());
    }
    if (change.dtype == DType::kBF16) {
      std::vector<uint16_t> halves;
      for (const float v : values) halves.push_back(to_bfloat16(v));
      writer.write(std::as_bytes(std::span(halves)));
    } else {
      writer.write(values);
    }
  }
  writer.commit();
}

TEST_F(ClipTest, AnImageDoesNotDependOnItsBatch) {
  constexpr int64_t kBatch = 40;  // more than are worked on at once
  const AlignedVector<float> pixels = random_pixels(*clip_, kBatch);
  Matrix all(kBatch, clip_->image->dimension());
  EncoderWorker worker;
  clip_->image->encode(worker, pixels, all.view());
  expect_unit_rows(all);
  const size_t size = pixels.size() / kBatch;
  for (const int64_t count : {1, 2, 7, 31}) {
    Matrix some(count, clip_->image->dimension());
    const int64_t first = kBatch - count;
    clip_->image->encode(
        worker,
        {pixels.data() + static_cast<size_t>(first) * size, static_cast<size_t>(count) * size},
        some.view());
    EXPECT_TRUE(test::same_bits(some.data(), all.row(first), some.size())) << count;
  }
  Matrix none(0, clip_->image->dimension());
  clip_->image->encode(worker, {}, none.view());
}

std::vector<TokenizedText> some_texts(const LoadedEncoder& clip, size_t count) {
  std::vector<TokenizedText> texts;
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += static_cast<char>('a' + i % 26);
    if (i % 3 == 0) text += ' ';
    if (text.size() > 90) text.clear();
    texts.push_back(clip.text->tokenize(text, Truncate::end));
  }
  return texts;
}

TEST_F(ClipTest, ATextDoesNotDependOnItsBatch) {
  const std::vector<TokenizedText> texts = some_texts(*clip_, 60);
  Matrix all(60, clip_->image->dimension());
  EncoderWorker worker;
  clip_->text->encode(worker, texts, all.view());
  expect_unit_rows(all);
  for (size_t i = 0; i < texts.size(); i += 7) {
    Matrix one(1, clip_->image->dimension());
    clip_->text->encode(worker, std::span(texts).subspan(i, 1), one.view());
    EXPECT_TRUE(test::same_bits(one.data(), all.row(static_cast<int64_t>(i)), one.size())) << i;
  }
  Matrix none(0, clip_->image->dimension());
  clip_->text->encode(worker, {}, none.view());
}

TEST_F(ClipTest, WhatFollowsTheEndTokenDoesNotMatter) {
  constexpr int32_t end = 513;
  const std::vector<TokenizedText> texts = {
      {{512, 10, 20, end}, 4, 4}, {{512, 10, 20, end, 30, end}, 6, 6}, {{512, 10, 21, end}, 4, 4}};
  Matrix out(3, clip_->image->dimension());
  EncoderWorker worker;
  clip_->text->encode(worker, texts, out.view());
  EXPECT_TRUE(test::same_bits(out.row(0), out.row(1), out.cols()));
  EXPECT_FALSE(test::same_bits(out.row(0), out.row(2), out.cols()));
}

TEST_F(ClipTest, WorkersShareTheWeightsAndNothingElse) {
  const AlignedVector<float> pixels = random_pixels(*clip_, 6);
  const std::vector<TokenizedText> texts = some_texts(*clip_, 6);
  Matrix image(6, clip_->image->dimension()), text(6, clip_->image->dimension());
  EncoderWorker first;
  clip_->image->encode(first, pixels, image.view());
  clip_->text->encode(first, texts, text.view());
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      EncoderWorker worker;
      Matrix a(6, clip_->image->dimension()), b(6, clip_->image->dimension());
      for (int round = 0; round < 3; ++round) {
        clip_->image->encode(worker, pixels, a.view());
        clip_->text->encode(worker, texts, b.view());
        if (a != image || b != text) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(ClipTest, HalvesCanBeLoadedAlone) {
  const LoadedEncoder vision = load_encoder(folder_->path(), {.image = true, .text = false});
  const LoadedEncoder text = load_encoder(folder_->path(), {.image = false, .text = true});
  EXPECT_EQ(vision.image->weight_bytes(), clip_->image->weight_bytes());
  EXPECT_EQ(text.text->weight_bytes(), clip_->text->weight_bytes());
  EXPECT_GT(text.text->weight_bytes(), 4 * 514 * 32);
  const AlignedVector<float> pixels = random_pixels(vision, 1);
  Matrix a(1, 24), b(1, 24);
  EncoderWorker own;
  vision.image->encode(own, pixels, a.view());
  clip_->image->encode(own, pixels, b.view());
  EXPECT_EQ(a, b);
  EXPECT_EQ(text.image, nullptr);
  EXPECT_EQ(vision.text, nullptr);
}

TEST_F(ClipTest, ReadsBfloat16) {
  const TemporaryFolder other;
  copy_model(other, {.tensor = {}, .values = {}, .shape = {}, .dtype = DType::kBF16});
  const LoadedEncoder rounded = load_encoder(other.path(), {});
  const AlignedVector<float> pixels = random_pixels(rounded, 1);
  Matrix a(1, 24), b(1, 24);
  EncoderWorker own;
  rounded.image->encode(own, pixels, a.view());
  clip_->image->encode(own, pixels, b.view());
  double cosine = 0;
  for (int64_t j = 0; j < 24; ++j) cosine += static_cast<double>(a(0, j)) * b(0, j);
  EXPECT_GT(cosine, 0.999);  // 8 bits of mantissa
  EXPECT_NE(a, b);
}

TEST_F(ClipTest, NamesABadTensor) {
  const std::string tensor = "vision_model.encoder.layers.1.mlp.fc2.weight";
  const auto message_for = [&](const Change& change, const std::string& part) {
    const TemporaryFolder other;
    copy_model(other, change);
    expect_user_error([&] { load_encoder(other.path(), {}); }, part);
  };
  message_for({.tensor = tensor, .values = {}, .shape = {}, .leave_out = true}, tensor);
  message_for({.tensor = tensor, .values = {}, .shape = {100, 48}}, tensor);
  message_for({.tensor = tensor, .values = {0, 1, NAN}, .shape = {}}, tensor + " holds NaN");
  message_for({.tensor = "text_model.final_layer_norm.bias", .values = {INFINITY}, .shape = {}},
              "text_model.final_layer_norm.bias holds NaN or infinity (element 0)");
  // A half that is not asked for is not looked at.
  const TemporaryFolder other;
  copy_model(other, {.tensor = tensor, .values = {}, .shape = {}, .leave_out = true});
  EXPECT_NO_THROW(load_encoder(other.path(), {.image = false, .text = true}));
}

TEST_F(ClipTest, RefusesAVectorWithoutLength) {
  const TemporaryFolder other;
  copy_model(other, {.tensor = "visual_projection.weight",
                     .values = std::vector<float>(24 * 48, 0.0f),
                     .shape = {}});
  const LoadedEncoder clip = load_encoder(other.path(), {});
  EncoderWorker own;
  Matrix out(1, 24);
  expect_user_error([&] { clip.image->encode(own, random_pixels(clip, 1), out.view()); },
                    "the vision half gives a vector of length 0");
}

TEST_F(ClipTest, FilesMustFitEachOther) {
  const auto message_for = [&](const char* file, const char* from, const char* to,
                               const char* part) {
    const TemporaryFolder other;
    copy_model(other, {});
    std::string text = test::read_text(other / file);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, std::string(from).size(), to);
    other.file(file, text);
    expect_user_error([&] { load_encoder(other.path(), {}); }, part);
  };
  message_for("config.json", "\"vocab_size\": 514", "\"vocab_size\": 513",
              "the tokenizer has 514 tokens, but config.json says vocab_size 513");
  message_for("config.json", "\"eos_token_id\": 513", "\"eos_token_id\": 512",
              "ends a text with token 513, but config.json says eos_token_id 512");
  message_for("preprocessor_config.json", "\"width\": 32", "\"width\": 40",
              "makes pictures of 40x32 pixels, but config.json says 32x32");
  message_for("config.json", "\"image_size\": 32", "\"image_size\": 64",
              "preprocessor_config.json");
  message_for("config.json", "\"patch_size\": 8", "\"patch_size\": 16", "patch_embedding");
}

TEST(PooledPosition, IsThatOfTransformers) {
  const std::vector<int32_t> ids = {7, 5, 9, 4, 9, 1};
  EXPECT_EQ(pooled_position(ids, 9), 2);
  EXPECT_EQ(pooled_position(ids, 1), 5);
  EXPECT_EQ(pooled_position(ids, 2), 2);  // the first largest
  EXPECT_EQ(pooled_position(ids, 8), 0);  // absent: argmax of all zeros
}

}  // namespace
}  // namespace puente
