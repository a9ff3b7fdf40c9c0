// The plain layers: gradients by finite differences, and values worked out by hand.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "nn/adamw.h"
#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/relu.h"
#include "support/gradient_check.h"

namespace puente {
namespace {

using test::dot;
using test::expect_gradient;
using test::numbers;
using test::random_matrix;
using Matrix64 = BasicMatrix<double>;

TEST(Linear, Gradient) {
  Rng rng(1);
  LinearWeights<double> weights(5, 3);
  initialise(weights, rng);
  Matrix64 x = random_matrix(4, 5, rng);
  const Matrix64 dy = random_matrix(4, 3, rng);
  LinearWeights<double> gradient;
  Matrix64 dx;
  Linear<double>::backward(weights, x, dy, gradient, dx);
  const auto loss = [&] {
    Matrix64 y;
    Linear<double>::forward(weights, x, y);
    return dot(y, dy);
  };
  expect_gradient("weight", numbers(weights.weight), numbers(gradient.weight), loss);
  expect_gradient("bias", weights.bias, gradient.bias, loss);
  expect_gradient("x", numbers(x), numbers(dx), loss);
}

TEST(Linear, InitialisesWithinTheBound) {
  Rng rng(2);
  LinearWeights<double> weights(100, 50);
  initialise(weights, rng);
  double largest = 0, sum = 0;
  for (const double w : numbers(weights.weight)) {
    largest = std::max(largest, std::abs(w));
    sum += w * w;
  }
  EXPECT_LT(largest, 0.1);
  EXPECT_GT(largest, 0.0999);
  EXPECT_NEAR(sum / 5000, 0.01 / 3, 1e-4);  // the variance of a uniform number in +-0.1
  for (const double b : weights.bias) {
    EXPECT_LT(std::abs(b), 0.1);
    EXPECT_NE(b, 0.0);
  }
}

TEST(Relu, Gradient) {
  Rng rng(3);
  Matrix64 x = random_matrix(4, 6, rng);
  const Matrix64 dy = random_matrix(4, 6, rng);
  Matrix64 y, dx;
  Relu<double>::forward(x, y);
  Relu<double>::backward(y, dy, dx);
  expect_gradient("x", numbers(x), numbers(dx), [&] {
    Matrix64 out;
    Relu<double>::forward(x, out);
    return dot(out, dy);
  });
}

TEST(Relu, DoesNotHideNan) {
  Matrix64 x(1, 2), y;
  x(0, 0) = std::numeric_limits<double>::quiet_NaN();
  x(0, 1) = -std::numeric_limits<double>::infinity();
  Relu<double>::forward(x, y);
  EXPECT_TRUE(std::isnan(y(0, 0)));
  EXPECT_EQ(y(0, 1), 0.0);
}

TEST(Dropout, Gradient) {
  Rng rng(4);
  const DropoutMask mask{0.4, 9, 2};
  Matrix64 x = random_matrix(5, 7, rng);
  const Matrix64 dy = random_matrix(5, 7, rng);
  Matrix64 dx;
  Dropout<double>::apply(mask, 16, dy, dx);
  expect_gradient("x", numbers(x), numbers(dx), [&] {
    Matrix64 out;
    Dropout<double>::apply(mask, 16, x, out);
    return dot(out, dy);
  });
}

TEST(Dropout, DropsTheShareAskedForAndKeepsTheMean) {
  Matrix64 x(400, 100), y;
  for (double& value : numbers(x)) value = 1;
  Dropout<double>::apply({0.25, 1, 0}, 0, x, y);
  int64_t zeros = 0;
  double sum = 0;
  for (const double value : numbers(y)) {
    zeros += value == 0;
    sum += value;
  }
  // 40,000 draws: the share errs by 0.0022 (one standard deviation).
  EXPECT_NEAR(zeros / 40000.0, 0.25, 0.01);
  EXPECT_NEAR(sum / 40000, 1.0, 0.015);
}

TEST(Dropout, ChangesWithSeedStepAndPlaceOnly) {
  const auto pattern = [](const DropoutMask& mask) {
    std::vector<bool> kept;
    for (int64_t r = 0; r < 20; ++r) {
      for (int64_t c = 0; c < 20; ++c) kept.push_back(mask.keep(r, c));
    }
    return kept;
  };
  EXPECT_EQ(pattern({0.5, 1, 1}), pattern({0.5, 1, 1}));
  EXPECT_NE(pattern({0.5, 1, 1}), pattern({0.5, 1, 2}));
  EXPECT_NE(pattern({0.5, 1, 1}), pattern({0.5, 2, 1}));
  EXPECT_EQ(pattern({0, 1, 1}), std::vector<bool>(400, true));
}

TEST(BatchNorm1d, Gradient) {
  Rng rng(5);
  BatchNormWeights<double> weights(4);
  test::fill_random(weights.weight, rng);
  test::fill_random(weights.bias, rng);
  Matrix64 x = random_matrix(6, 4, rng);
  const Matrix64 dy = random_matrix(6, 4, rng);
  const auto forward = [&](BatchNorm1d<double>::Saved& saved) {
    BatchNormRunning<double> running(4);
    Matrix64 y;
    BatchNorm1d<double>::forward(weights, running, x, y, saved);
    return y;
  };
  BatchNorm1d<double>::Saved saved;
  forward(saved);
  BatchNormWeights<double> gradient;
  Matrix64 dx;
  BatchNorm1d<double>::backward(weights, saved, dy, gradient, dx);
  const auto loss = [&] {
    BatchNorm1d<double>::Saved ignored;
    return dot(forward(ignored), dy);
  };
  expect_gradient("weight", weights.weight, gradient.weight, loss);
  expect_gradient("bias", weights.bias, gradient.bias, loss);
  expect_gradient("x", numbers(x), numbers(dx), loss);
}

TEST(BatchNorm1d, KeepsPyTorchsRunningStatistics) {
  BatchNormWeights<double> weights(1);
  weights.weight = {2};
  weights.bias = {1};
  BatchNormRunning<double> running(1);
  Matrix64 x(2, 1), y;
  x(0, 0) = 1;
  x(1, 0) = 3;
  BatchNorm1d<double>::Saved saved;
  BatchNorm1d<double>::forward(weights, running, x, y, saved);
  // mean 2; biased variance 1 normalises, unbiased 2 is remembered
  EXPECT_DOUBLE_EQ(y(1, 0), 2 / std::sqrt(1 + 1e-5) + 1);
  EXPECT_DOUBLE_EQ(running.mean[0], 0.2);
  EXPECT_DOUBLE_EQ(running.variance[0], 0.9 + 0.1 * 2);
  BatchNorm1d<double>::evaluate(weights, running, x, y);
  EXPECT_DOUBLE_EQ(y(0, 0), (1 - 0.2) / std::sqrt(1.1 + 1e-5) * 2 + 1);
}

TEST(CrossEntropy, Gradient) {
  Rng rng(6);
  for (const bool weighted : {false, true}) {
    Criterion<double> criterion;
    if (weighted) criterion.class_weight = {0.5, 2.0, 1.25};
    const std::vector<int32_t> label{0, 2, 1, 1};
    Matrix64 logits = random_matrix(4, 3, rng);
    Matrix64 dlogits, ignored;
    criterion.batch(logits, label, dlogits);
    expect_gradient("logits", numbers(logits), numbers(dlogits),
                    [&] { return criterion.batch(logits, label, ignored); });
  }
}

TEST(Logistic, Gradient) {
  Rng rng(7);
  Criterion<double> criterion;
  criterion.pos_weight = {3.5};
  const std::vector<int32_t> label{0, 1, 1, 0, 1};
  Matrix64 logits = random_matrix(5, 1, rng);
  Matrix64 dlogits, ignored;
  criterion.batch(logits, label, dlogits);
  expect_gradient("logits", numbers(logits), numbers(dlogits),
                  [&] { return criterion.batch(logits, label, ignored); });
}

TEST(Logistic, GradientOfSeveralLabelsSomeUnknown) {
  Rng rng(8);
  Criterion<double> criterion;
  criterion.pos_weight = {3.5, 0.25, 1};
  const std::vector<int32_t> label{0, 1, -1, 1, -1, -1, 0, 0, 1, 1, 1, 0};
  Matrix64 logits = random_matrix(4, 3, rng);
  Matrix64 dlogits, ignored;
  criterion.batch(logits, label, dlogits);
  expect_gradient("logits", numbers(logits), numbers(dlogits),
                  [&] { return criterion.batch(logits, label, ignored); });
  EXPECT_EQ(dlogits(0, 2), 0);
  EXPECT_EQ(dlogits(1, 1), 0);
}

TEST(Losses, SurviveHugeLogits) {
  Criterion<float> criterion;
  criterion.pos_weight = {1};
  BasicMatrix<float> logits(2, 1), dlogits;
  logits(0, 0) = 1e30f;
  logits(1, 0) = -1e30f;
  EXPECT_EQ(criterion.batch(logits, std::vector<int32_t>{1, 0}, dlogits), 0.0);
  EXPECT_EQ(criterion.batch(logits, std::vector<int32_t>{0, 0}, dlogits), double{1e30f / 2});
  EXPECT_EQ(dlogits(0, 0), 0.5f);
  BasicMatrix<float> wide(1, 3);
  wide(0, 0) = 1e30f;
  wide(0, 1) = -1e30f;
  EXPECT_EQ(Criterion<float>{}.batch(wide, std::vector<int32_t>{0}, dlogits), 0.0);
}

TEST(AdamW, TakesPyTorchsFirstSteps) {
  // The first step moves by lr whatever the gradient's size; the decay comes off before.
  double w = 1, m = 0, v = 0;
  const AdamWOptions options{.learning_rate = 0.1, .weight_decay = 0.5};
  AdamWStep<double>(options, 1).update(w, 4.0, m, v);
  EXPECT_NEAR(w, 1 * (1 - 0.05) - 0.1, 1e-9);
  EXPECT_DOUBLE_EQ(m, 0.4);
  EXPECT_DOUBLE_EQ(v, 0.016);
  AdamWStep<double>(options, 2).update(w, 0.0, m, v);
  const double second =
      0.1 * (0.36 / (1 - 0.81)) / (std::sqrt(0.016 * 0.999 / (1 - 0.999 * 0.999)) + 1e-8);
  EXPECT_NEAR(w, 0.85 * 0.95 - second, 1e-9);
}

TEST(AdamW, DecaysWithoutAGradient) {
  double w = 1, m = 0, v = 0;
  AdamWStep<double>({}, 1).update(w, 0.0, m, v);
  EXPECT_DOUBLE_EQ(w, 1 - 1e-5);
}

}  // namespace
}  // namespace puente
