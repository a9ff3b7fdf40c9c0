// The encoder against Hugging Face transformers (tools/reference_encoder.py): pictures and texts
// in, vectors out, through every step on the way.
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "demo/random_clip.h"
#include "encoders/clip.h"
#include "formats/json.h"
#include "formats/npy.h"
#include "image/decode.h"
#include "support/files.h"
#include "support/targets.h"

namespace puente {
namespace {

Matrix read_npy(const std::filesystem::path& path) {
  const NpyFile file(path);
  Matrix m(file.shape()[0], file.shape()[1]);
  to_float(file.tensor(), {m.data(), static_cast<size_t>(m.size())});
  return m;
}

Matrix embed_pictures(const Clip& clip, const std::filesystem::path& folder, const Json& names) {
  const PixelRecipe& recipe = clip.pixel_recipe();
  const auto size = static_cast<size_t>(3 * recipe.height() * recipe.width());
  AlignedVector<float> pixels(names.size() * size);
  for (size_t i = 0; i < names.size(); ++i) {
    const MappedFile file(folder / names[i].get<std::string>());
    preprocess(decode_image(file.bytes(), file.path().string()), recipe,
               {pixels.data() + i * size, size});
  }
  Matrix out(static_cast<int64_t>(names.size()), clip.dimension());
  clip.encode_images(*clip.make_worker(), pixels, out.rows(), out.view());
  return out;
}

Matrix embed_texts(const Clip& clip, const Json& reference) {
  std::vector<TokenizedText> texts;
  for (size_t i = 0; i < reference["texts"].size(); ++i) {
    texts.push_back(clip.tokenizer().encode(reference["texts"][i].get<std::string>(),
                                            clip.config().text.positions));
    EXPECT_EQ(texts.back().ids, reference["ids"][i].get<std::vector<int32_t>>()) << "text " << i;
  }
  Matrix out(static_cast<int64_t>(texts.size()), clip.dimension());
  clip.encode_texts(*clip.make_worker(), texts, out.view());
  return out;
}

void expect_close(const Matrix& got, const Matrix& expected, double tolerance, const char* what) {
  ASSERT_EQ(got.rows(), expected.rows());
  ASSERT_EQ(got.cols(), expected.cols());
  double largest = 0, lowest = 1;
  for (int64_t i = 0; i < got.rows(); ++i) {
    double cosine = 0;
    for (int64_t j = 0; j < got.cols(); ++j) {
      largest = std::max(largest, std::abs(static_cast<double>(got(i, j)) - expected(i, j)));
      cosine += static_cast<double>(got(i, j)) * expected(i, j);
    }
    lowest = std::min(lowest, cosine);
  }
  EXPECT_LT(largest, tolerance) << what;
  EXPECT_GE(lowest, 0.99999) << what;
  testing::Test::RecordProperty(std::string(what) + "_largest_difference",
                                fmt::format("{:.2e}", largest));
}

void check(const std::filesystem::path& model, const std::filesystem::path& reference_folder,
           double tolerance) {
  const Json reference = read_json(reference_folder / "reference.json");
  const Clip clip(model);
  expect_close(embed_pictures(clip, reference_folder, reference["pictures"]),
               read_npy(reference_folder / "image.npy"), tolerance, "image");
  expect_close(embed_texts(clip, reference), read_npy(reference_folder / "text.npy"), tolerance,
               "text");
}

struct Tiny {
  const char* golden;
  uint64_t seed;
  bool quick_gelu;
};

class TinyClip : public testing::TestWithParam<Tiny> {};

TEST_P(TinyClip, AgreesWithTransformers) {
  const test::TemporaryFolder model;
  ClipConfig config = named_clip("tiny");
  config.quick_gelu = GetParam().quick_gelu;
  write_random_clip(model.path(), config,
                    {.seed = GetParam().seed, .vocabulary = {}, .bias_noise = 0.1});
  const std::filesystem::path golden = test::golden(GetParam().golden);
  ASSERT_EQ(sha256_file(model / "model.safetensors").hex(),
            read_json(golden / "reference.json")["weights_sha256"].get<std::string>())
      << "other weights than those the golden numbers were made with";
  // Numbers near 0.2 after some hundred roundings each: 1e-6 is usual, and transformers differs
  // from itself by as much from one machine to another.
  test::on_every_target([&] { check(model.path(), golden, 5e-6); });
}

INSTANTIATE_TEST_SUITE_P(Golden, TinyClip,
                         testing::Values(Tiny{"clip_tiny", 7, true},
                                         Tiny{"clip_tiny_gelu", 8, false}),
                         [](const auto& p) { return std::string(p.param.golden); });

/// The real shapes, generated on the fly.
class FullSizeClip : public testing::TestWithParam<const char*> {};

TEST_P(FullSizeClip, AgreesWithTransformers) {
  const char* python = std::getenv("PUENTE_REFERENCE_PYTHON");
  if (!python) {
    GTEST_SKIP() << "PUENTE_REFERENCE_PYTHON does not name a Python with torch and transformers";
  }
  const test::TemporaryFolder model, reference;
  write_random_clip(model.path(), named_clip(GetParam()),
                    {.seed = 1, .vocabulary = {}, .bias_noise = 0.05});
  const std::string command = std::string("'") + python + "' '" + PUENTE_SOURCE_DIR +
                              "/tools/reference_encoder.py' '" + model.path().string() + "' '" +
                              reference.path().string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  check(model.path(), reference.path(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Random, FullSizeClip, testing::Values("b32", "b16", "l14"),
                         [](const auto& p) { return std::string(p.param); });

}  // namespace
}  // namespace puente
