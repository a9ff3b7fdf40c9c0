// The states after every layer against Hugging Face transformers' output_hidden_states
// (tools/reference_encoder.py).
#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "demo/random_encoder.h"
#include "encoders/encoder.h"
#include "formats/json.h"
#include "formats/npy.h"
#include "image/load.h"
#include "support/files.h"

namespace puente {
namespace {

struct TinyStates {
  const char* golden;
  const char* name;
  uint64_t seed;
  const char* vocabulary = "";
};

/// [layers][inputs, C], the vectors last.
using LayerStates = std::vector<Matrix>;

void keep(LayerStates& all, int64_t inputs, int64_t layer, int64_t first,
          MatrixView<const float> states) {
  Matrix& own = all.at(static_cast<size_t>(layer));
  if (own.cols() == 0) own = Matrix(inputs, states.cols);
  for (int64_t i = 0; i < states.rows; ++i) {
    std::copy_n(states.row(i), states.cols, own.row(first + i));
  }
}

LayerStates picture_states(const ImageEncoder& encoder, const std::filesystem::path& folder,
                           const Json& names, Matrix& vectors) {
  const PixelRecipe& recipe = encoder.pixel_recipe();
  const auto size = static_cast<size_t>(3 * recipe.height() * recipe.width());
  std::vector<float> pixels(names.size() * size);
  for (size_t i = 0; i < names.size(); ++i) {
    const MappedFile file(folder / names[i].get<std::string>());
    load_pixels(file.bytes(), file.path().string(), recipe, {},
                std::span(pixels).subspan(i * size, size));
  }
  const auto count = static_cast<int64_t>(names.size());
  LayerStates all(static_cast<size_t>(encoder.layers()) + 2);
  EncoderWorker worker;
  encoder.layer_states(worker, pixels, count,
                       [&](int64_t layer, int64_t first, MatrixView<const float> states) {
                         keep(all, count, layer, first, states);
                       });
  vectors = Matrix(count, encoder.dimension());
  encoder.encode(worker, pixels, vectors.view());
  return all;
}

LayerStates words_states(const TextEncoder& encoder, const Json& texts, Matrix& vectors) {
  std::vector<TokenizedText> tokens;
  for (const Json& text : texts) {
    tokens.push_back(encoder.tokenize(text.get<std::string>(), Truncate::end));
  }
  const auto count = static_cast<int64_t>(tokens.size());
  LayerStates all(static_cast<size_t>(encoder.layers()) + 2);
  encoder.layer_states(tokens, 1,
                       [&](int64_t layer, int64_t first, MatrixView<const float> states) {
                         keep(all, count, layer, first, states);
                       });
  EncoderWorker worker;
  vectors = Matrix(count, encoder.dimension());
  encoder.encode(worker, tokens, vectors.view());
  return all;
}

/// `all` but for the vectors are the file's [layers + 1, inputs, C].
void expect_states(const LayerStates& all, const std::filesystem::path& path) {
  const NpyFile file(path);
  const auto layers = static_cast<int64_t>(all.size()) - 1;
  ASSERT_EQ(std::vector<int64_t>(file.shape().begin(), file.shape().end()),
            (std::vector<int64_t>{layers, all[0].rows(), all[0].cols()}));
  const int64_t size = all[0].size();
  for (int64_t layer = 0; layer < layers; ++layer) {
    Matrix expected(all[0].rows(), all[0].cols());
    to_float(file.tensor(), layer * size, {expected.data(), static_cast<size_t>(size)});
    const Matrix& got = all[static_cast<size_t>(layer)];
    float largest = 0, difference = 0;
    for (int64_t i = 0; i < size; ++i) {
      largest = std::max(largest, std::abs(expected.data()[i]));
      difference = std::max(difference, std::abs(expected.data()[i] - got.data()[i]));
    }
    EXPECT_LT(difference, 2e-5f * largest) << path.filename() << " layer " << layer;
  }
}

void expect_vectors(const LayerStates& all, const Matrix& vectors) {
  const Matrix& last = all.back();
  ASSERT_EQ(last.cols(), vectors.cols());
  for (int64_t i = 0; i < last.size(); ++i) {
    ASSERT_NEAR(last.data()[i], vectors.data()[i], 1e-5) << i;
  }
}

class StatesOfTinyEncoder : public testing::TestWithParam<TinyStates> {};

TEST_P(StatesOfTinyEncoder, AgreeWithTransformers) {
  const TinyStates& tiny = GetParam();
  const test::TemporaryFolder model;
  RandomEncoderOptions options{.seed = tiny.seed, .bias_noise = 0.1};
  if (*tiny.vocabulary) options.vocabulary = test::golden(tiny.vocabulary);
  write_random_encoder(model.path(), tiny.name, options);
  const std::filesystem::path folder = test::golden(tiny.golden);
  const Json reference = read_json(folder / "reference.json");
  int checked = 0;
  for (const char* pool : {"", "cls", "mean", "last"}) {
    const std::string ending = *pool ? std::string("_") + pool + ".npy" : ".npy";
    EncoderSettings settings;
    if (*pool) settings.image_pool = settings.text_pool = pool_from_name(pool);
    Matrix vectors;
    if (const auto path = folder / ("image_states" + ending); std::filesystem::exists(path)) {
      const LoadedEncoder encoder = load_encoder(model.path(), {true, false}, settings);
      const LayerStates all =
          picture_states(*encoder.image, folder, reference["pictures"], vectors);
      expect_states(all, path);
      expect_vectors(all, vectors);
      ++checked;
    }
    if (const auto path = folder / ("text_states" + ending); std::filesystem::exists(path)) {
      const LoadedEncoder encoder = load_encoder(model.path(), {false, true}, settings);
      const LayerStates all = words_states(*encoder.text, reference["texts"], vectors);
      expect_states(all, path);
      expect_vectors(all, vectors);
      ++checked;
    }
  }
  EXPECT_GE(checked, 1);
}

INSTANTIATE_TEST_SUITE_P(
    Golden, StatesOfTinyEncoder,
    testing::Values(TinyStates{"clip_tiny", "clip-tiny", 7},
                    TinyStates{"dinov2_tiny", "dinov2-tiny", 9},
                    TinyStates{"dinov2_tiny_registers", "dinov2-tiny-registers", 10},
                    TinyStates{"vit_tiny", "vit-tiny", 12},
                    TinyStates{"bert_tiny", "bert-tiny", 13},
                    TinyStates{"siglip_tiny", "siglip-tiny", 14, "siglip_tokens/spiece.model"},
                    TinyStates{"llama_tiny", "llama-tiny", 15, "llama_tokens/tokenizer.model"}),
    [](const auto& p) { return std::string(p.param.golden); });

}  // namespace
}  // namespace puente
