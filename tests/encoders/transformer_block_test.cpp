// The finer way of the picked rows in 8 bits. (That a layer computes what it should is what the
// encoders' tests compare with transformers.)
#include "encoders/transformer_block.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "base/rng.h"
#include "demo/random_encoder.h"
#include "support/files.h"

namespace puente {
namespace {

constexpr int64_t kHidden = 48, kTokens = 9, kSequences = 40;  // of vit-tiny

TransformerBlock read_block(const std::filesystem::path& folder, Precision precision) {
  WeightReader reader(folder, precision);
  const std::string name = "encoder.layer.0.";
  BlockShape shape;
  shape.hidden = kHidden;
  shape.heads = 4;
  shape.mlp = 100;
  return TransformerBlock(reader,
                          {.norm1 = name + "layernorm_before",
                           .query = name + "attention.attention.query",
                           .key = name + "attention.attention.key",
                           .value = name + "attention.attention.value",
                           .out = name + "attention.output.dense",
                           .norm2 = name + "layernorm_after",
                           .fc1 = name + "intermediate.dense",
                           .fc2 = name + "output.dense",
                           .scale1 = "",
                           .scale2 = ""},
                          shape);
}

double distance(const Matrix& a, const Matrix& b, std::span<const int64_t> rows) {
  double squares = 0;
  for (const int64_t row : rows) {
    for (int64_t j = 0; j < a.cols(); ++j) squares += std::pow(double{a(row, j)} - b(row, j), 2);
  }
  return std::sqrt(squares);
}

TEST(TransformerBlock, picked_rows_come_closer_to_fp32_on_the_finer_way) {
  const test::TemporaryFolder folder;
  write_random_encoder(folder.path(), "vit-tiny", {.seed = 4, .bias_noise = 0.1});
  const TransformerBlock exact = read_block(folder.path(), Precision::fp32);
  const TransformerBlock coarse = read_block(folder.path(), Precision::int8);
  if (!coarse.has_finer_way()) GTEST_SKIP() << "this CPU's usual rows are the finer ones";

  Matrix x(kSequences * kTokens, kHidden);
  Rng rng(2);
  for (int64_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(rng.normal());
  std::vector<Sequence> sequences;
  std::vector<int64_t> picked;
  Matrix y(kSequences, kHidden);
  for (int64_t s = 0; s < kSequences; ++s) {
    sequences.push_back({s * kTokens, kTokens, s * kTokens, kTokens});
    picked.push_back(s * kTokens + s % kTokens);
    std::copy_n(x.row(picked.back()), kHidden, y.row(s));
  }
  Matrix fp32 = x, plain = x, finer = x;
  BlockBuffers buffers;
  exact.forward(fp32.view(), sequences, buffers);
  coarse.forward(plain.view(), sequences, buffers);
  coarse.forward(finer.view(), sequences, picked, buffers, y.view());

  // What remains is the rounding of the weights, and of the other rows' keys and values.
  EXPECT_LT(distance(finer, fp32, picked), 0.9 * distance(plain, fp32, picked));
  for (int64_t s = 0; s < kSequences; ++s) {
    const int64_t row = picked[static_cast<size_t>(s)];
    for (int64_t j = 0; j < kHidden; ++j) EXPECT_EQ(finer(row, j), y(s, j));
    for (int64_t t = s * kTokens; t < (s + 1) * kTokens; ++t) {
      if (t == row) continue;
      for (int64_t j = 0; j < kHidden; ++j) EXPECT_EQ(finer(t, j), plain(t, j)) << t;
    }
  }
  RecordProperty("finer", std::to_string(distance(finer, fp32, picked)));
  RecordProperty("plain", std::to_string(distance(plain, fp32, picked)));
}

}  // namespace
}  // namespace puente
