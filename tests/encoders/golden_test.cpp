// The encoders against Hugging Face transformers (tools/reference_encoder.py): pictures and texts
// in, vectors out, through every step on the way.
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "demo/random_encoder.h"
#include "encoders/encoder.h"
#include "formats/json.h"
#include "image/decode.h"
#include "support/files.h"
#include "support/targets.h"
#include "support/vectors.h"

namespace puente {
namespace {

using test::read_npy;

Matrix embed_pictures(const ImageEncoder& encoder, const std::filesystem::path& folder,
                      const Json& names) {
  const PixelRecipe& recipe = encoder.pixel_recipe();
  const auto size = static_cast<size_t>(3 * recipe.height() * recipe.width());
  AlignedVector<float> pixels(names.size() * size);
  for (size_t i = 0; i < names.size(); ++i) {
    const MappedFile file(folder / names[i].get<std::string>());
    preprocess(decode_image(file.bytes(), file.path().string()), recipe,
               {pixels.data() + i * size, size});
  }
  Matrix out(static_cast<int64_t>(names.size()), encoder.dimension());
  EncoderWorker worker;
  encoder.encode(worker, pixels, out.view());
  return out;
}

Matrix embed_texts(const TextEncoder& encoder, const Json& reference) {
  std::vector<TokenizedText> texts;
  for (size_t i = 0; i < reference["texts"].size(); ++i) {
    texts.push_back(encoder.tokenize(reference["texts"][i].get<std::string>(), Truncate::end));
    EXPECT_EQ(texts.back().ids, reference["ids"][i].get<std::vector<int32_t>>()) << "text " << i;
  }
  Matrix out(static_cast<int64_t>(texts.size()), encoder.dimension());
  EncoderWorker worker;
  encoder.encode(worker, texts, out.view());
  return out;
}

/// Cosine of each row at least 0.99999, and no number further off than `tolerance` times the
/// largest of its row.
void expect_close(const Matrix& got, const Matrix& expected, double tolerance,
                  const std::string& what) {
  ASSERT_EQ(got.rows(), expected.rows());
  ASSERT_EQ(got.cols(), expected.cols());
  double largest = 0, lowest = 1;
  for (int64_t i = 0; i < got.rows(); ++i) {
    double dot = 0, a = 0, b = 0, difference = 0, size = 0;
    for (int64_t j = 0; j < got.cols(); ++j) {
      const double x = got(i, j), y = expected(i, j);
      difference = std::max(difference, std::abs(x - y));
      size = std::max(size, std::abs(y));
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    largest = std::max(largest, difference / size);
    lowest = std::min(lowest, dot / std::sqrt(a * b));
  }
  EXPECT_LT(largest, tolerance) << what;
  EXPECT_GE(lowest, 0.99999) << what;
  testing::Test::RecordProperty(what + "_largest_difference", fmt::format("{:.2e}", largest));
}

/// Every file of vectors that the reference has, with the pool that its name says.
void check(const std::filesystem::path& model, const std::filesystem::path& reference_folder,
           double tolerance, bool with_pooler = true) {
  const Json reference = read_json(reference_folder / "reference.json");
  const EncoderParts parts = encoder_parts(model);
  int checked = 0;
  for (const char* pool : {"", "cls", "mean", "last", "pooler"}) {
    if (std::string(pool) == "pooler" && !with_pooler) continue;
    const std::string ending = *pool ? std::string("_") + pool + ".npy" : ".npy";
    EncoderSettings options;
    if (*pool) options.image_pool = options.text_pool = pool_from_name(pool);
    if (std::filesystem::exists(reference_folder / ("image" + ending))) {
      const LoadedEncoder encoder = load_encoder(model, {.image = true, .text = false}, options);
      expect_close(embed_pictures(*encoder.image, reference_folder, reference["pictures"]),
                   read_npy(reference_folder / ("image" + ending)), tolerance, "image" + ending);
      ++checked;
    }
    if (std::filesystem::exists(reference_folder / ("text" + ending))) {
      const LoadedEncoder encoder = load_encoder(model, {.image = false, .text = true}, options);
      expect_close(embed_texts(*encoder.text, reference),
                   read_npy(reference_folder / ("text" + ending)), tolerance, "text" + ending);
      ++checked;
    }
  }
  EXPECT_GE(checked, (parts.image ? 1 : 0) + (parts.text ? 1 : 0));
}

struct Tiny {
  const char* golden;
  const char* name;
  uint64_t seed;
};

class TinyEncoder : public testing::TestWithParam<Tiny> {};

RandomEncoderOptions golden_options(const Tiny& tiny) {
  RandomEncoderOptions options{.seed = tiny.seed, .bias_noise = 0.1};
  if (std::string(tiny.name) == "siglip-tiny") {
    options.vocabulary = test::golden("siglip_tokens") / "spiece.model";
  }
  if (std::string(tiny.name) == "llama-tiny") {
    options.vocabulary = test::golden("llama_tokens") / "tokenizer.model";
  }
  return options;
}

TEST_P(TinyEncoder, AgreesWithTransformers) {
  const test::TemporaryFolder model;
  write_random_encoder(model.path(), GetParam().name, golden_options(GetParam()));
  const std::filesystem::path golden = test::golden(GetParam().golden);
  ASSERT_EQ(sha256_file(model / "model.safetensors").hex(),
            read_json(golden / "reference.json")["weights_sha256"].get<std::string>())
      << "other weights than those the golden numbers were made with";
  // Some hundred roundings of 6e-8 each: 5e-6 is usual, and transformers differs from itself by as
  // much from one machine to another.
  test::on_every_target([&] { check(model.path(), golden, 2e-5); });
}

/// The same numbers from a folder whose tensors are named as the real checkpoints name them.
TEST_P(TinyEncoder, LoadsTheRealCheckpointsQuirks) {
  const test::TemporaryFolder model;
  RandomEncoderOptions options = golden_options(GetParam());
  options.quirks = true;
  write_random_encoder(model.path(), GetParam().name, options);
  const std::filesystem::path golden = test::golden(GetParam().golden);
  // google/vit-base-patch16-224 is a classifier, saved without a pooler.
  check(model.path(), golden, 2e-5, std::string(GetParam().name) != "vit-tiny");
}

INSTANTIATE_TEST_SUITE_P(
    Golden, TinyEncoder,
    testing::Values(Tiny{"clip_tiny", "clip-tiny", 7}, Tiny{"clip_tiny_gelu", "clip-tiny-gelu", 8},
                    Tiny{"dinov2_tiny", "dinov2-tiny", 9},
                    Tiny{"dinov2_tiny_registers", "dinov2-tiny-registers", 10},
                    Tiny{"dinov2_tiny_swiglu", "dinov2-tiny-swiglu", 11},
                    Tiny{"vit_tiny", "vit-tiny", 12}, Tiny{"bert_tiny", "bert-tiny", 13},
                    Tiny{"siglip_tiny", "siglip-tiny", 14}, Tiny{"llama_tiny", "llama-tiny", 15}),
    [](const auto& p) { return std::string(p.param.golden); });

/// The real shapes, generated on the fly.
class FullSizeEncoder : public testing::TestWithParam<const char*> {};

TEST_P(FullSizeEncoder, AgreesWithTransformers) {
  const char* python = std::getenv("PUENTE_REFERENCE_PYTHON");
  if (!python) {
    GTEST_SKIP() << "PUENTE_REFERENCE_PYTHON does not name a Python with torch and transformers";
  }
  const test::TemporaryFolder model, reference;
  RandomEncoderOptions options{.seed = 1, .bias_noise = 0.05};
  if (std::string(GetParam()).starts_with("siglip")) {
    options.vocabulary = test::golden("siglip_tokens") / "spiece.model";
  }
  if (std::string(GetParam()).starts_with("llama")) {
    options.vocabulary = test::golden("llama_tokens") / "tokenizer.model";
  }
  write_random_encoder(model.path(), GetParam(), options);
  const std::string command = std::string("'") + python + "' '" +
                              (test::source_folder() / "tools/reference_encoder.py").string() +
                              "' '" + model.path().string() + "' '" + reference.path().string() +
                              "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  check(model.path(), reference.path(), 5e-5);
}

INSTANTIATE_TEST_SUITE_P(Random, FullSizeEncoder,
                         testing::Values("clip-b32", "clip-b16", "clip-l14", "dinov2-small",
                                         "dinov2-base", "dinov2-base-registers", "dinov2-large",
                                         "dinov2-giant", "vit-b16", "bert-base", "minilm-l6",
                                         "siglip-b16", "llama-1.1b"),
                         [](const auto& p) {
                           std::string name = p.param;
                           for (char& c : name) c = c == '-' || c == '.' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace puente
