// The fast forms of the layers that transformers are trained with, against the plain ones in
// double.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "nn/attention_rows.h"
#include "nn/dense_products.h"
#include "nn/gelu_rows.h"
#include "nn/layer_norm.h"
#include "nn/layer_norm_rows.h"
#include "nn/self_attention.h"
#include "support/gradient_check.h"
#include "support/targets.h"
#include "tensor/multiply.h"
#include "tensor/part.h"
#include "tensor/transpose.h"

namespace puente {
namespace {

using Doubles = BasicMatrix<double>;

Doubles random_doubles(int64_t rows, int64_t cols, uint64_t seed) {
  Rng rng(seed);
  Doubles x(rows, cols);
  // Floats, so that both forms read the same numbers.
  for (int64_t i = 0; i < x.size(); ++i) {
    x.data()[i] = static_cast<double>(static_cast<float>(rng.normal()));
  }
  return x;
}

Matrix in_floats(const Doubles& x) {
  Matrix y(x.rows(), x.cols());
  std::ranges::transform(x.data(), x.data() + x.size(), y.data(),
                         [](double value) { return static_cast<float>(value); });
  return y;
}

/// Within `tolerance` of the largest number there is.
void expect_close(const Doubles& expected, MatrixView<const float> actual, double tolerance,
                  const char* what) {
  ASSERT_EQ(actual.rows, expected.rows()) << what;
  ASSERT_EQ(actual.cols, expected.cols()) << what;
  double largest = 0;
  for (int64_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected.data()[i]));
  }
  for (int64_t r = 0; r < actual.rows; ++r) {
    for (int64_t c = 0; c < actual.cols; ++c) {
      ASSERT_NEAR(static_cast<double>(actual.row(r)[c]), expected(r, c), tolerance * largest)
          << what << " " << r << ", " << c;
    }
  }
}

TEST(Transpose, EveryShape) {
  for (const auto& [rows, cols] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {16, 16}, {37, 22}}) {
    const Matrix x = in_floats(random_doubles(rows, cols, 1));
    Matrix y(cols, rows);
    transpose(x, y.view());
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < cols; ++c) EXPECT_EQ(y(c, r), x(r, c));
    }
  }
}

TEST(GeluRows, IsThePlainForm) {
  test::on_every_target([] {
    for (const GeluKind kind : {GeluKind::erf, GeluKind::tanh}) {
      Doubles x = random_doubles(5, 37, 2);
      for (double& value : test::numbers(x)) value = static_cast<float>(4 * value);
      const Doubles dy = random_doubles(5, 37, 3);
      Doubles y, dx;
      Gelu<double>::forward(kind, x, y);
      Gelu<double>::backward(kind, x, dy, dx);
      const Matrix in = in_floats(x);
      Matrix out(5, 37), d = in_floats(dy);
      gelu_rows(kind, in, out.view());
      gelu_rows_backward(kind, in, d.view());
      expect_close(y, out, 1e-6, "y");
      expect_close(dx, d, 1e-6, "dx");
    }
  });
}

TEST(LayerNormRows, IsThePlainForm) {
  test::on_every_target([] {
    const Doubles x = random_doubles(9, 83, 4), dy = random_doubles(9, 83, 5);
    const Doubles start = random_doubles(9, 83, 6), gamma = random_doubles(1, 83, 7);
    LayerNormWeights<double> weights(83), gradient;
    std::copy_n(gamma.data(), 83, weights.weight.begin());
    LayerNorm1d<double>::Saved saved;
    Doubles y, dx;
    LayerNorm1d<double>::forward(weights, 1e-5, x, y, saved);
    LayerNorm1d<double>::backward(weights, saved, dy, gradient, dx);
    LayerNorm norm{AlignedVector<float>(83), AlignedVector<float>(83), 1e-5f};
    std::copy_n(in_floats(gamma).data(), 83, norm.gamma.begin());
    const Matrix in = in_floats(x), slope = in_floats(dy);
    Matrix d = in_floats(start);
    std::vector<RowMoments> moments(9);
    layer_norm_backward(in, norm, slope, d.view(), moments);
    for (int64_t i = 0; i < dx.size(); ++i) dx.data()[i] += start.data()[i];
    expect_close(dx, d, 2e-6, "dx is added");
    Matrix dgamma(1, 83), dbeta(1, 83), sums(1, 83);
    for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 64}, {64, 19}}) {
      add_layer_norm_gradient(in, moments, slope, first, count, dgamma.row_span(0),
                              dbeta.row_span(0));
      add_column_sums(slope, first, count, sums.row_span(0));
    }
    Doubles expected(1, 83);
    std::copy_n(gradient.weight.begin(), 83, expected.data());
    expect_close(expected, dgamma, 2e-6, "gamma");
    std::copy_n(gradient.bias.begin(), 83, expected.data());
    expect_close(expected, dbeta, 2e-6, "beta");
    expect_close(expected, sums, 2e-6, "sums");
  });
}

struct LinearCase {
  Doubles x, dy;
  LinearWeights<double> weights;
  Matrix weight;

  LinearCase(int64_t rows, int64_t inputs, int64_t outputs)
      : x(random_doubles(rows, inputs, 8)),
        dy(random_doubles(rows, outputs, 9)),
        weights(inputs, outputs) {
    weights.weight = random_doubles(outputs, inputs, 10);
    weight = in_floats(weights.weight);
  }
};

TEST(DenseProducts, AreThePlainForm) {
  // Two blocks of the depth of a gradient, more outputs than an operand has rows, ragged panels.
  for (const auto& [rows, inputs, outputs] :
       {std::tuple<int64_t, int64_t, int64_t>{5, 3, 2}, {40, 130, 19}, {900, 20, 250}}) {
    const LinearCase one(rows, inputs, outputs);
    Doubles y, dx;
    LinearWeights<double> gradient;
    Linear<double>::forward(one.weights, one.x, y);
    Linear<double>::backward(one.weights, one.x, one.dy, gradient, dx);
    const Matrix x = in_floats(one.x), dy = in_floats(one.dy);
    Matrix own_y(rows, outputs), own_dx(rows, inputs);
    PackedMatrix packed;
    FloatRows operand;
    pack_for_forward(one.weight, 2, packed);
    for (int64_t r = 0; r < rows; ++r) {
      operand.set(rows_of(x.view(), r, 1));
      multiply(operand, packed, {}, rows_of(own_y.view(), r, 1));
    }
    pack_for_backward(one.weight, 2, packed);
    for (int64_t r = 0; r < rows; ++r) {
      operand.set(rows_of(dy.view(), r, 1));
      multiply(operand, packed, {}, rows_of(own_dx.view(), r, 1));
    }
    expect_close(y, own_y, 3e-6, "y");
    expect_close(dx, own_dx, 3e-6, "dx");
    WeightGradient product;
    Matrix own_gradient(outputs, inputs), own_bias(1, outputs);
    product.set_input(x, 2);
    product.add(dy, 2, own_gradient.view(), own_bias.row_span(0));
    expect_close(gradient.weight, own_gradient, 1e-5, "weight");
    Doubles bias(1, outputs);
    std::copy_n(gradient.bias.begin(), outputs, bias.data());
    expect_close(bias, own_bias, 1e-5, "bias");
  }
}

TEST(DenseProducts, AGradientDoesNotDependOnPartsOrThreads) {
  const LinearCase one(300, 33, 150);
  const Matrix x = in_floats(one.x), dy = in_floats(one.dy);
  const auto gradient = [&](std::span<const int64_t> bounds, int threads) {
    Matrix weight(150, 33), bias(1, 150);
    WeightGradient product;
    for (size_t i = 0; i + 1 < bounds.size(); ++i) {
      product.set_input(rows_of(x.view(), bounds[i], bounds[i + 1] - bounds[i]), threads);
      product.add(rows_of(dy.view(), bounds[i], bounds[i + 1] - bounds[i]), threads, weight.view(),
                  bias.row_span(0));
    }
    return std::pair(std::move(weight), std::move(bias));
  };
  const std::vector<int64_t> whole = {0, 300}, parts = {0, 1, 120, 300};
  const auto expected = gradient(whole, 1);
  EXPECT_EQ(gradient(whole, 3), expected);
  EXPECT_EQ(gradient(parts, 2), expected);
}

TEST(AttentionRows, IsThePlainForm) {
  constexpr int64_t kTokens = 21, kWidth = 24, kHeads = 3, kSequence = 2;
  for (const double p : {0.0, 0.3}) {
    // The plain form with Linears that change nothing, over sequences of which this one is third.
    SelfAttentionWeights<double> weights;
    for (LinearWeights<double>* linear :
         {&weights.query, &weights.key, &weights.value, &weights.output}) {
      *linear = LinearWeights<double>(kWidth, kWidth);
    }
    weights.query.weight = random_doubles(kWidth, kWidth, 11);
    weights.key.weight = random_doubles(kWidth, kWidth, 12);
    weights.value.weight = random_doubles(kWidth, kWidth, 13);
    for (int64_t i = 0; i < kWidth; ++i) weights.output.weight(i, i) = 1;
    const Doubles x = random_doubles(kTokens, kWidth, 14), dy = random_doubles(kTokens, kWidth, 15);
    const std::vector<int32_t> length = {kTokens};
    const SequenceBatch batch{kTokens, length, kSequence};
    const DropoutMask mask{p, 5, 6};
    SelfAttention<double>::Saved saved;
    SelfAttentionWeights<double> gradient;
    Doubles y, dx;
    SelfAttention<double>::forward(weights, kHeads, batch, mask, x, y, saved);
    SelfAttention<double>::backward(weights, kHeads, batch, mask, saved, dy, gradient, dx);

    Matrix query = in_floats(saved.query);
    const float scale = 1.0f / std::sqrt(static_cast<float>(kWidth / kHeads));
    for (int64_t i = 0; i < query.size(); ++i) query.data()[i] *= scale;
    const Matrix key = in_floats(saved.key), value = in_floats(saved.value);
    const AttentionRows rows{query, key, value, kHeads, mask, kSequence};
    Matrix out(kTokens, kWidth), dquery(kTokens, kWidth), dkey(kTokens, kWidth);
    Matrix dvalue(kTokens, kWidth);
    AttentionRowsPass pass;
    pass.forward(rows, out.view());
    pass.backward(rows, in_floats(dy), {dquery.view(), dkey.view(), dvalue.view()});
    for (int64_t i = 0; i < dquery.size(); ++i) dquery.data()[i] *= scale;
    expect_close(y, out, 1e-5, "out");
    // Their gradients are seen in those of the Linears, dW = dq^T x.
    const auto expect_linear = [&](const LinearWeights<double>& linear, const Matrix& d,
                                   const char* what) {
      Matrix weight(kWidth, kWidth), bias(1, kWidth);
      WeightGradient product;
      product.set_input(in_floats(x), 1);
      product.add(d, 1, weight.view(), bias.row_span(0));
      expect_close(linear.weight, weight, 2e-5, what);
    };
    expect_linear(gradient.query, dquery, "query");
    expect_linear(gradient.key, dkey, "key");
    expect_linear(gradient.value, dvalue, "value");
  }
}

}  // namespace
}  // namespace puente
