// What every encoder promises, on every architecture, in floats and in 8 bits.
#include "encoders/encoder.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "demo/random_encoder.h"
#include "encoders/known_architectures.h"
#include "support/files.h"
#include "support/targets.h"
#include "support/vectors.h"

namespace puente {
namespace {

using test::cosine;
using test::expect_user_error;
using test::TemporaryFolder;

/// A folder of each kind, made once.
const std::filesystem::path& folder_of(const std::string& name) {
  static std::map<std::string, std::unique_ptr<TemporaryFolder>> folders;
  auto& folder = folders[name];
  if (!folder) {
    folder = std::make_unique<TemporaryFolder>();
    RandomEncoderOptions options{.seed = 21, .bias_noise = 0.1};
    if (name == "siglip-tiny") {
      options.vocabulary = test::golden("siglip_tokens") / "spiece.model";
    }
    if (name == "llama-tiny") {
      options.vocabulary = test::golden("llama_tokens") / "tokenizer.model";
    }
    write_random_encoder(folder->path(), name, options);
  }
  return folder->path();
}

AlignedVector<float> random_pixels(const ImageEncoder& encoder, int64_t batch) {
  const int64_t side = encoder.pixel_recipe().width();
  AlignedVector<float> pixels(static_cast<size_t>(batch * 3 * side * side));
  Rng rng(9);
  for (float& v : pixels) v = static_cast<float>(rng.uniform(-2, 2));
  return pixels;
}

Matrix images(const ImageEncoder& encoder, std::span<const float> pixels, int64_t batch) {
  Matrix vectors(batch, encoder.dimension());
  EncoderWorker worker;
  encoder.encode(worker, pixels, vectors.view());
  return vectors;
}

std::vector<TokenizedText> some_texts(const TextEncoder& encoder, size_t count) {
  std::vector<TokenizedText> texts;
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += static_cast<char>('a' + i % 26);
    if (i % 3 == 0) text += ' ';
    if (text.size() > 90) text.clear();
    texts.push_back(encoder.tokenize(text, Truncate::end));
  }
  return texts;
}

Matrix vectors_of(const TextEncoder& encoder, std::span<const TokenizedText> texts) {
  Matrix vectors(static_cast<int64_t>(texts.size()), encoder.dimension());
  EncoderWorker worker;
  encoder.encode(worker, texts, vectors.view());
  return vectors;
}

struct Kind {
  const char* name;
  Precision precision;
};

class EveryEncoder : public testing::TestWithParam<Kind> {
 protected:
  LoadedEncoder load(EncoderSettings options = {}) const {
    const auto& folder = folder_of(GetParam().name);
    options.precision = GetParam().precision;
    return load_encoder(folder, encoder_parts(folder), options);
  }
};

TEST_P(EveryEncoder, ARowDoesNotDependOnItsBatch) {
  const LoadedEncoder encoder = load();
  if (encoder.image) {
    constexpr int64_t kBatch = 40;  // more than are worked on at once
    const AlignedVector<float> pixels = random_pixels(*encoder.image, kBatch);
    const Matrix all = images(*encoder.image, pixels, kBatch);
    const size_t size = pixels.size() / kBatch;
    for (const int64_t count : {1, 2, 7, 31}) {
      const int64_t first = kBatch - count;
      const Matrix some = images(
          *encoder.image,
          {pixels.data() + static_cast<size_t>(first) * size, static_cast<size_t>(count) * size},
          count);
      EXPECT_TRUE(test::same_bits(some.data(), all.row(first), some.size())) << count;
    }
    EXPECT_NO_THROW(images(*encoder.image, {}, 0));
  }
  if (encoder.text) {
    const std::vector<TokenizedText> texts = some_texts(*encoder.text, 60);
    const Matrix all = vectors_of(*encoder.text, texts);
    for (size_t i = 0; i < texts.size(); i += 7) {
      const Matrix one = vectors_of(*encoder.text, std::span(texts).subspan(i, 1));
      EXPECT_TRUE(test::same_bits(one.data(), all.row(static_cast<int64_t>(i)), one.size())) << i;
    }
    EXPECT_NO_THROW(vectors_of(*encoder.text, {}));
  }
}

/// With equal texts, and texts that begin alike, which causal models compute together.
TEST_P(EveryEncoder, AllTextsOfAJobAreWhatEachIsByItself) {
  const LoadedEncoder encoder = load();
  if (!encoder.text) return;
  std::vector<TokenizedText> texts = some_texts(*encoder.text, 200);
  texts.push_back(texts[17]);
  const Matrix each = vectors_of(*encoder.text, texts);
  for (const int threads : {1, 3}) {
    Matrix all(each.rows(), each.cols());
    Silent silent;
    encoder.text->encode_all(
        texts, {.threads = threads},
        [&](int64_t first, MatrixView<const float> some) {
          for (int64_t i = 0; i < some.rows; ++i) {
            std::copy_n(some.row(i), some.cols, all.row(first + i));
          }
        },
        silent);
    EXPECT_TRUE(test::same_bits(all.data(), each.data(), all.size()));
  }
}

TEST_P(EveryEncoder, WorkersShareTheWeightsAndNothingElse) {
  const LoadedEncoder encoder = load();
  AlignedVector<float> pixels;
  Matrix image, text;
  std::vector<TokenizedText> texts;
  if (encoder.image) {
    pixels = random_pixels(*encoder.image, 4);
    image = images(*encoder.image, pixels, 4);
  }
  if (encoder.text) {
    texts = some_texts(*encoder.text, 6);
    text = vectors_of(*encoder.text, texts);
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      EncoderWorker worker;
      for (int round = 0; round < 2; ++round) {
        Matrix a(image.rows(), image.cols()), b(text.rows(), text.cols());
        if (encoder.image) encoder.image->encode(worker, pixels, a.view());
        if (encoder.text) encoder.text->encode(worker, texts, b.view());
        if (a != image || b != text) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(EveryEncoder, NormalisesWhereAsked) {
  const LoadedEncoder plain = load(), unit = load({.normalise = true});
  const auto check = [](const Matrix& a, const Matrix& b) {
    for (int64_t i = 0; i < a.rows(); ++i) {
      double square = 0;
      for (const float v : b.row_span(i)) square += static_cast<double>(v) * v;
      EXPECT_NEAR(square, 1, 1e-5);
      EXPECT_NEAR(cosine(a.row_span(i), b.row_span(i)), 1, 1e-6);
    }
  };
  if (plain.image) {
    const AlignedVector<float> pixels = random_pixels(*plain.image, 2);
    check(images(*plain.image, pixels, 2), images(*unit.image, pixels, 2));
  }
  if (plain.text) {
    const std::vector<TokenizedText> texts = some_texts(*plain.text, 5);
    check(vectors_of(*plain.text, texts), vectors_of(*unit.text, texts));
  }
}

std::string kind_name(const testing::TestParamInfo<Kind>& p) {
  std::string name = p.param.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name + (p.param.precision == Precision::fp32 ? "_fp32" : "_int8");
}

INSTANTIATE_TEST_SUITE_P(
    Tiny, EveryEncoder,
    testing::Values(Kind{"clip-tiny", Precision::fp32}, Kind{"clip-tiny", Precision::int8},
                    Kind{"dinov2-tiny", Precision::fp32}, Kind{"dinov2-tiny", Precision::int8},
                    Kind{"dinov2-tiny-swiglu", Precision::fp32},
                    Kind{"dinov2-tiny-swiglu", Precision::int8},
                    Kind{"dinov2-tiny-registers", Precision::fp32},
                    Kind{"vit-tiny", Precision::fp32}, Kind{"vit-tiny", Precision::int8},
                    Kind{"bert-tiny", Precision::fp32}, Kind{"bert-tiny", Precision::int8},
                    Kind{"siglip-tiny", Precision::fp32}, Kind{"siglip-tiny", Precision::int8},
                    Kind{"llama-tiny", Precision::fp32}, Kind{"llama-tiny", Precision::int8}),
    kind_name);

/// Small models are the hard case for 8 bits: few channels to average over.
TEST(Int8, IsCloseToFp32OnEveryTarget) {
  for (const char* name :
       {"clip-tiny", "dinov2-tiny", "dinov2-tiny-swiglu", "vit-tiny", "bert-tiny"}) {
    SCOPED_TRACE(name);
    const auto& folder = folder_of(name);
    const LoadedEncoder floats = load_encoder(folder, encoder_parts(folder), {});
    test::on_every_target([&] {
      // Weights are packed for the instruction set that multiplies them.
      const LoadedEncoder bytes =
          load_encoder(folder, encoder_parts(folder), {.precision = Precision::int8});
      if (floats.image) {
        const AlignedVector<float> pixels = random_pixels(*floats.image, 8);
        const Matrix a = images(*floats.image, pixels, 8), b = images(*bytes.image, pixels, 8);
        for (int64_t i = 0; i < 8; ++i) EXPECT_GT(cosine(a.row_span(i), b.row_span(i)), 0.997);
        EXPECT_LT(bytes.image->weight_bytes(), floats.image->weight_bytes());
      }
      if (floats.text) {
        const std::vector<TokenizedText> texts = some_texts(*floats.text, 20);
        const Matrix a = vectors_of(*floats.text, texts), b = vectors_of(*bytes.text, texts);
        for (int64_t i = 0; i < 20; ++i) EXPECT_GT(cosine(a.row_span(i), b.row_span(i)), 0.997);
      }
    });
  }
}

TEST(LoadEncoder, SaysWhichHalfAModelLacks) {
  expect_user_error([] { load_encoder(folder_of("dinov2-tiny"), {.image = true, .text = true}); },
                    "a dinov2 model has no text half");
  expect_user_error([] { load_encoder(folder_of("bert-tiny"), {.image = true, .text = false}); },
                    "a bert model has no image half");
}

TEST(LoadEncoder, SaysWhichPoolsAModelHas) {
  const EncoderParts image{.image = true, .text = false}, text{.image = false, .text = true};
  expect_user_error(
      [&] { load_encoder(folder_of("dinov2-tiny"), image, {.image_pool = Pool::pooler}); },
      "a dinov2 model has no vector --image-pool pooler; it has cls, mean");
  expect_user_error(
      [&] { load_encoder(folder_of("clip-tiny"), image, {.image_pool = Pool::mean}); },
      "the vector of a clip model is its own projection; leave --image-pool out");
  expect_user_error([&] { load_encoder(folder_of("bert-tiny"), text, {.text_pool = Pool::last}); },
                    "has no vector --text-pool last; it has cls, mean, pooler");
}

TEST(LoadEncoder, SaysThatAFolderIsNone) {
  expect_user_error([] { load_encoder("/nowhere", {}); }, "/nowhere: there is no such folder");
  const TemporaryFolder empty;
  expect_user_error([&] { load_encoder(empty.path(), {}); }, "has no config.json");
}

/// Copies a folder and changes one text in one of its files.
void with_change(const std::string& name, const char* file, const std::string& from,
                 const std::string& to, const std::function<void(const TemporaryFolder&)>& body) {
  const TemporaryFolder other;
  std::filesystem::copy(
      folder_of(name), other.path(),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::string text = test::read_text(other / file);
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  other.file(file, text);
  body(other);
}

TEST(LoadEncoder, FilesMustFitEachOther) {
  const auto message_for = [](const std::string& name, const char* file, const std::string& from,
                              const std::string& to, const std::string& part) {
    with_change(name, file, from, to, [&](const TemporaryFolder& folder) {
      expect_user_error([&] { load_encoder(folder.path(), encoder_parts(folder.path())); }, part);
    });
  };
  message_for("bert-tiny", "config.json", "\"vocab_size\"", "\"vocab_size\": 20, \"was\"",
              "tokens, but config.json says vocab_size 20");
  message_for("bert-tiny", "config.json", "\"num_attention_heads\"",
              "\"num_attention_heads\": 7, \"was\"", "is not a multiple of num_attention_heads 7");
  message_for("bert-tiny", "config.json", "\"hidden_act\"", "\"hidden_act\": \"mish\", \"was\"",
              "hidden_act is \"mish\"; known are gelu");
  message_for("vit-tiny", "config.json", "\"patch_size\"", "\"patch_size\": 7, \"was\"",
              "is not a multiple of patch_size 7");
  message_for("dinov2-tiny", "config.json", "\"num_channels\"", "\"num_channels\": 1, \"was\"",
              "num_channels must be 3");
  message_for("vit-tiny", "config.json", "\"intermediate_size\"",
              "\"intermediate_size\": 50, \"was\"", "intermediate.dense.weight");
}

TEST(KnownArchitectures, AreThoseThatAConfigMayName) {
  const test::TemporaryFolder folder;
  for (const KnownArchitecture& known : known_architectures()) {
    SCOPED_TRACE(known.model_type);
    folder.file("config.json", "{\"model_type\": \"" + std::string(known.model_type) + "\"}");
    const EncoderParts parts = encoder_parts(folder.path());
    EXPECT_EQ(parts.image, known.parts.image);
    EXPECT_EQ(parts.text, known.parts.text);
    EXPECT_NE(known.examples.find('/'), std::string_view::npos);
  }
}

}  // namespace
}  // namespace puente
