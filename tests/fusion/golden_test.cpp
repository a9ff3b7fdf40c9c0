// Three epochs with PyTorch's initial weights and batch order give PyTorch's numbers.
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

#include "fusion/plain.h"
#include "fusion/trainer.h"
#include "golden_case.h"
#include "support/files.h"

namespace puente::test {
namespace {

class Golden : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    const std::string bytes = read_text(golden("fusion") / (GetParam().name + ".f64"));
    ASSERT_FALSE(bytes.empty());
    ASSERT_EQ(bytes.size() % 8, 0u);
    expected_.resize(bytes.size() / 8);
    std::memcpy(expected_.data(), bytes.data(), bytes.size());
    options_.batch = kGoldenBatch;
    options_.threads = 2;
    options_.regularisation = GetParam().regularisation;
  }
  // 1e-9 relative; what is near zero is held to 1e-9 of the unit that these numbers come in. A
  // moved row's derivatives are floats, and a distance has gradients some twenty times larger.
  void expect_equal(double actual, size_t i) {
    const GoldenCase& c = GetParam();
    const double tolerance = c.learned ? 2e-6 : c.regularisation > 0 ? 1e-8 : 1e-9;
    EXPECT_NEAR(actual, expected_[i], tolerance * std::max(1.0, std::abs(expected_[i])));
  }
  template <class T>
  void expect_weights(const BasicFusionWeights<T>& weights, size_t at) {
    for (const auto& tensor : tensors_of(weights)) {
      SCOPED_TRACE(tensor.name);
      ASSERT_LE(at + tensor.values.size(), expected_.size());
      for (const T value : tensor.values) expect_equal(value, at++);
    }
    if (weights.lambda) {
      EXPECT_GT(std::abs(*weights.lambda), 1e-3);
      expect_equal(*weights.lambda, at++);
    }
    EXPECT_EQ(at, expected_.size());
  }

  std::vector<double> expected_;
  FusionOptions options_;
};

TEST_P(Golden, DoubleIsPyTorchsFloat64) {
  const GoldenInput input(GetParam());
  BasicFusionTrainer<double> trainer(GetParam().shape, options_, input.data(), input.rows,
                                     input.class_weights);
  trainer.set_weights(golden_weights<double>(GetParam()));
  size_t at = 0;
  for (int epoch = 0; epoch < kGoldenEpochs; ++epoch) {
    expect_equal(trainer.train_epoch_in_order(GoldenInput::order(epoch)), at++);
  }
  at += 3;
  expect_equal(trainer.loss(input.rows), at++);
  Matrix probabilities;
  trainer.probabilities(input.rows, probabilities);
  ASSERT_EQ(probabilities.cols(), GetParam().shape.answers());
  for (int64_t i = 0; i < probabilities.size(); ++i) {
    EXPECT_NEAR(probabilities.data()[i], expected_[at++], 1e-7);  // printed as float
  }
  expect_weights(trainer.weights(), at);
}

TEST_P(Golden, PlainDoubleIsPyTorchsFloat64) {
  const GoldenInput input(GetParam());
  PlainFusion<double> plain(golden_weights<double>(GetParam()), options_, input.data(),
                            input.class_weights);
  size_t at = 0;
  for (int epoch = 0; epoch < kGoldenEpochs; ++epoch) {
    expect_equal(plain.train_epoch_in_order(GoldenInput::order(epoch)), at++);
  }
  expect_weights(plain.weights(), 7 + input.rows.size() * GetParam().shape.answers());
}

TEST_P(Golden, FloatEpochsAreNearPyTorchsFloat32) {
  const GoldenInput input(GetParam());
  FusionTrainer trainer(GetParam().shape, options_, input.data(), input.rows, input.class_weights);
  trainer.set_weights(golden_weights<float>(GetParam()));
  for (int epoch = 0; epoch < kGoldenEpochs; ++epoch) {
    const double expected = expected_[3 + epoch];
    EXPECT_NEAR(trainer.train_epoch_in_order(GoldenInput::order(epoch)), expected,
                2e-4 * std::max(2.5, expected));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(golden_cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace puente::test
