// The layers that transformers are trained with: gradients by finite differences, and PyTorch's
// autograd (tools/golden_layers.py).
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "nn/embedding.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/patch_embedding.h"
#include "nn/self_attention.h"
#include "support/files.h"
#include "support/gradient_check.h"

namespace puente {
namespace {

using test::dot;
using test::expect_gradient;
using test::numbers;
using test::random_matrix;
using Numbers = BasicMatrix<double>;
using Json = nlohmann::json;

Json golden_layer(const char* name) {
  return Json::parse(test::read_text(test::golden("layers.json"))).at(name);
}

Numbers matrix_in(const Json& json, int64_t rows) {
  const auto values = json.get<std::vector<double>>();
  Numbers matrix(rows, static_cast<int64_t>(values.size()) / rows);
  std::ranges::copy(values, matrix.data());
  return matrix;
}

AlignedVector<double> vector_in(const Json& json) {
  const auto values = json.get<std::vector<double>>();
  return {values.begin(), values.end()};
}

void expect_near(const Json& expected, std::span<const double> actual, const char* what) {
  const auto values = expected.get<std::vector<double>>();
  ASSERT_EQ(actual.size(), values.size()) << what;
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(actual[i], values[i], 1e-11 * std::max(1.0, std::abs(values[i])))
        << what << " " << i;
  }
}

TEST(LayerNorm1d, Gradient) {
  Rng rng(1);
  LayerNormWeights<double> weights(6);
  test::fill_random(weights.weight, rng);
  test::fill_random(weights.bias, rng);
  Numbers x = random_matrix(4, 6, rng);
  const Numbers dy = random_matrix(4, 6, rng);
  const auto forward = [&](LayerNorm1d<double>::Saved& saved) {
    Numbers y;
    LayerNorm1d<double>::forward(weights, 1e-5, x, y, saved);
    return dot(y, dy);
  };
  LayerNorm1d<double>::Saved saved;
  forward(saved);
  LayerNormWeights<double> gradient;
  Numbers dx;
  LayerNorm1d<double>::backward(weights, saved, dy, gradient, dx);
  const auto loss = [&] {
    LayerNorm1d<double>::Saved unused;
    return forward(unused);
  };
  expect_gradient("weight", weights.weight, gradient.weight, loss);
  expect_gradient("bias", weights.bias, gradient.bias, loss);
  expect_gradient("x", numbers(x), numbers(dx), loss);
}

TEST(LayerNorm1d, IsPyTorchs) {
  const Json golden = golden_layer("layer_norm");
  LayerNormWeights<double> weights(6), gradient;
  weights.weight = vector_in(golden["weight"]);
  weights.bias = vector_in(golden["bias"]);
  Numbers y, dx;
  LayerNorm1d<double>::Saved saved;
  LayerNorm1d<double>::forward(weights, 1e-6, matrix_in(golden["x"], 4), y, saved);
  LayerNorm1d<double>::backward(weights, saved, matrix_in(golden["dy"], 4), gradient, dx);
  expect_near(golden["y"], numbers(y), "y");
  expect_near(golden["dx"], numbers(dx), "dx");
  expect_near(golden["dweight"], gradient.weight, "weight");
  expect_near(golden["dbias"], gradient.bias, "bias");
}

TEST(Gelu, Gradient) {
  for (const GeluKind kind : {GeluKind::erf, GeluKind::tanh}) {
    Rng rng(2);
    Numbers x = random_matrix(4, 6, rng);
    for (double& value : numbers(x)) value *= 3;
    const Numbers dy = random_matrix(4, 6, rng);
    Numbers dx;
    Gelu<double>::backward(kind, x, dy, dx);
    expect_gradient("x", numbers(x), numbers(dx), [&] {
      Numbers y;
      Gelu<double>::forward(kind, x, y);
      return dot(y, dy);
    });
  }
}

TEST(Gelu, IsPyTorchs) {
  for (const GeluKind kind : {GeluKind::erf, GeluKind::tanh}) {
    const Json golden = golden_layer(kind == GeluKind::erf ? "gelu" : "gelu_tanh");
    const Numbers x = matrix_in(golden["x"], 5);
    Numbers y, dx;
    Gelu<double>::forward(kind, x, y);
    Gelu<double>::backward(kind, x, matrix_in(golden["dy"], 5), dx);
    expect_near(golden["y"], numbers(y), "y");
    expect_near(golden["dx"], numbers(dx), "dx");
  }
}

TEST(Embedding, GradientAndPyTorchs) {
  const Json golden = golden_layer("embedding");
  const auto ids = golden["ids"].get<std::vector<int32_t>>();
  Numbers table = matrix_in(golden["table"], 6);
  const Numbers dy = matrix_in(golden["dy"], 5);
  Numbers y, gradient(6, 4);
  Embedding<double>::forward(table, ids, y);
  Embedding<double>::backward(ids, dy, gradient);
  expect_near(golden["y"], numbers(y), "y");
  expect_near(golden["dtable"], numbers(gradient), "table");
  expect_gradient("table", numbers(table), numbers(gradient), [&] {
    Numbers out;
    Embedding<double>::forward(table, ids, out);
    return dot(out, dy);
  });
  const std::vector<int32_t> beyond = {6};
  EXPECT_THROW(Embedding<double>::forward(table, beyond, y), InternalError);
}

struct AttentionCase {
  SelfAttentionWeights<double> weights;
  std::vector<int32_t> length = {5, 2, 4};
  Numbers x, dy;

  explicit AttentionCase(uint64_t seed) {
    Rng rng(seed);
    for (LinearWeights<double>* one :
         {&weights.query, &weights.key, &weights.value, &weights.output}) {
      *one = LinearWeights<double>(8, 8);
      test::fill_random(numbers(one->weight), rng);
      test::fill_random(one->bias, rng);
    }
    x = random_matrix(15, 8, rng);
    dy = random_matrix(15, 8, rng);
  }
  SequenceBatch batch() const { return {5, length}; }
};

TEST(SelfAttention, Gradient) {
  for (const double dropout : {0.0, 0.4}) {
    AttentionCase one(3);
    const DropoutMask mask{dropout, 7, 2};
    const auto forward = [&](SelfAttention<double>::Saved& saved) {
      Numbers y;
      SelfAttention<double>::forward(one.weights, 2, one.batch(), mask, one.x, y, saved);
      return dot(y, one.dy);
    };
    SelfAttention<double>::Saved saved;
    forward(saved);
    SelfAttentionWeights<double> gradient;
    Numbers dx;
    SelfAttention<double>::backward(one.weights, 2, one.batch(), mask, saved, one.dy, gradient, dx);
    const auto loss = [&] {
      SelfAttention<double>::Saved unused;
      return forward(unused);
    };
    expect_gradient("x", numbers(one.x), numbers(dx), loss);
    const auto check = [&](const char* name, LinearWeights<double>& own,
                           LinearWeights<double>& its) {
      SCOPED_TRACE(name);
      expect_gradient("weight", numbers(own.weight), numbers(its.weight), loss);
      expect_gradient("bias", own.bias, its.bias, loss);
    };
    check("query", one.weights.query, gradient.query);
    check("key", one.weights.key, gradient.key);
    check("value", one.weights.value, gradient.value);
    check("output", one.weights.output, gradient.output);
  }
}

TEST(SelfAttention, IsPyTorchs) {
  const Json golden = golden_layer("attention");
  AttentionCase one(1);
  one.length = golden["length"].get<std::vector<int32_t>>();
  one.x = matrix_in(golden["x"], 15);
  one.dy = matrix_in(golden["dy"], 15);
  const Numbers in_weight = matrix_in(golden["in_weight"], 24);
  const AlignedVector<double> in_bias = vector_in(golden["in_bias"]);
  LinearWeights<double>* const parts[] = {&one.weights.query, &one.weights.key, &one.weights.value};
  for (int64_t part = 0; part < 3; ++part) {
    std::copy_n(in_weight.row(8 * part), 64, parts[part]->weight.data());
    std::copy_n(in_bias.begin() + 8 * part, 8, parts[part]->bias.begin());
  }
  one.weights.output.weight = matrix_in(golden["out_weight"], 8);
  one.weights.output.bias = vector_in(golden["out_bias"]);
  Numbers y, dx;
  SelfAttention<double>::Saved saved;
  SelfAttentionWeights<double> gradient;
  SelfAttention<double>::forward(one.weights, 2, one.batch(), {}, one.x, y, saved);
  SelfAttention<double>::backward(one.weights, 2, one.batch(), {}, saved, one.dy, gradient, dx);
  expect_near(golden["y"], numbers(y), "y");
  expect_near(golden["dx"], numbers(dx), "dx");
  expect_near(golden["dout_weight"], numbers(gradient.output.weight), "output");
  expect_near(golden["dout_bias"], gradient.output.bias, "output bias");
  std::vector<double> weight, bias;
  for (const LinearWeights<double>* own : {&gradient.query, &gradient.key, &gradient.value}) {
    weight.insert(weight.end(), own->weight.data(), own->weight.data() + 64);
    bias.insert(bias.end(), own->bias.begin(), own->bias.end());
  }
  expect_near(golden["din_weight"], weight, "query, key, value");
  expect_near(golden["din_bias"], bias, "their biases");
}

TEST(SelfAttention, PaddingIsSeenByNobody) {
  AttentionCase one(5);
  const auto outputs = [&] {
    Numbers y;
    SelfAttention<double>::Saved saved;
    SelfAttention<double>::forward(one.weights, 2, one.batch(), {}, one.x, y, saved);
    return y;
  };
  const Numbers before = outputs();
  for (int64_t c = 0; c < 8; ++c) one.x(5 + 3, c) += 100;  // sequence 1 has two tokens
  const Numbers after = outputs();
  for (int64_t r = 0; r < 15; ++r) {
    if (r == 5 + 3) continue;
    for (int64_t c = 0; c < 8; ++c) EXPECT_EQ(after(r, c), before(r, c)) << r;
  }
}

TEST(SelfAttention, HugeScoresAreNoInfinity) {
  AttentionCase one(7);
  for (double& value : numbers(one.x)) value *= 1e3;
  Numbers y;
  SelfAttention<double>::Saved saved;
  SelfAttention<double>::forward(one.weights, 2, one.batch(), {}, one.x, y, saved);
  for (const double value : numbers(y)) EXPECT_TRUE(std::isfinite(value));
}

TEST(SelfAttention, HeadsDropOnTheirOwn) {
  AttentionCase one(8);
  for (LinearWeights<double>* own : {&one.weights.query, &one.weights.key, &one.weights.value}) {
    std::copy_n(own->weight.data(), 32, own->weight.data() + 32);  // both heads alike
    std::copy_n(own->bias.data(), 4, own->bias.data() + 4);
  }
  const auto heads_differ = [&](double dropout) {
    Numbers y;
    SelfAttention<double>::Saved saved;
    SelfAttention<double>::forward(one.weights, 2, one.batch(), {dropout, 7, 2}, one.x, y, saved);
    return !std::equal(saved.heads.row(0), saved.heads.row(0) + 4, saved.heads.row(0) + 4);
  };
  EXPECT_FALSE(heads_differ(0));
  EXPECT_TRUE(heads_differ(0.5));
}

// A batch may be worked through in parts, and again: the same is dropped.
TEST(SelfAttention, PartsOfABatchDropWhatTheWholeDrops) {
  const AttentionCase one(6);
  const DropoutMask mask{0.5, 9, 4};
  Numbers whole, part;
  SelfAttention<double>::Saved saved;
  SelfAttention<double>::forward(one.weights, 2, one.batch(), mask, one.x, whole, saved);
  for (int64_t s = 0; s < 3; ++s) {
    // With less padding, too: its own tokens alone.
    const int64_t tokens = one.length[static_cast<size_t>(s)];
    const MatrixView<const double> own{one.x.row(5 * s), tokens, 8, 8};
    const SequenceBatch batch{tokens, std::span(one.length).subspan(static_cast<size_t>(s), 1), s};
    SelfAttention<double>::forward(one.weights, 2, batch, mask, own, part, saved);
    for (int64_t r = 0; r < tokens; ++r) {
      for (int64_t c = 0; c < 8; ++c) EXPECT_EQ(part(r, c), whole(5 * s + r, c));
    }
  }
}

TEST(PatchEmbedding, IsPyTorchsConvolution) {
  const Json golden = golden_layer("patches");
  const int64_t side = golden["side"], patch = golden["patch"];
  const Numbers rows = patches_of<double>(matrix_in(golden["pixels"], 3), side, patch);
  LinearWeights<double> weights(12, 4), gradient;
  weights.weight = matrix_in(golden["weight"], 4);
  weights.bias = vector_in(golden["bias"]);
  Numbers y, dx;
  Linear<double>::forward(weights, rows, y);
  Linear<double>::backward(weights, rows, matrix_in(golden["dy"], 9), gradient, dx);
  expect_near(golden["y"], numbers(y), "y");
  expect_near(golden["dweight"], numbers(gradient.weight), "weight");
  expect_near(golden["dbias"], gradient.bias, "bias");
}

}  // namespace
}  // namespace puente
