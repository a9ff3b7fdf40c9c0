// What the trainer promises beside PyTorch's numbers: the same bits for any number of threads and
// vector width, the plain path's results, orders and weights from the seed, and clear errors.
#include "fusion/trainer.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <optional>
#include <set>

#include "base/rng.h"
#include "fusion/batches.h"
#include "fusion/plain.h"
#include "support/files.h"
#include "support/targets.h"

namespace puente {
namespace {

// Rows whose class shows in both modalities, with noise.
struct Example {
  Matrix features;
  std::vector<int32_t> label;
  std::vector<int32_t> train, rest;

  Example(const FusionShape& shape, int64_t rows)
      : features(rows, shape.image_dim + shape.text_dim) {
    Rng rng(5);
    for (int64_t r = 0; r < rows; ++r) {
      if (shape.labels > 1) {
        add_labels(shape, r, rng);
      } else {
        label.push_back(static_cast<int32_t>(rng.below(shape.classes)));
        for (int64_t c = 0; c < features.cols(); ++c) {
          features(r, c) = static_cast<float>(0.3 * rng.normal() + (c % shape.classes == label[r]));
        }
      }
      (r % 5 == 0 ? rest : train).push_back(static_cast<int32_t>(r));
    }
  }
  FusionData data() const { return {features, label}; }
  std::vector<double> weights(const FusionShape& shape) const {
    return shape.labels > 1 ? balanced_label_weights(label, train, shape.labels)
                            : balanced_class_weights(label, train, shape.classes);
  }

 private:
  // Label l shows in the columns l, l + labels, ...; all but the first may be unknown.
  void add_labels(const FusionShape& shape, int64_t row, Rng& rng) {
    std::vector<int32_t> yes;
    for (int64_t l = 0; l < shape.labels; ++l) {
      yes.push_back(static_cast<int32_t>(rng.below(2)));
      label.push_back(l > 0 && rng.below(4) == 0 ? -1 : yes.back());
    }
    for (int64_t c = 0; c < features.cols(); ++c) {
      features(row, c) = static_cast<float>(0.3 * rng.normal() + yes[c % shape.labels]);
    }
  }
};

const FusionShape kEarly{FusionKind::early, 40, 33, 3};
const FusionShape kLate{FusionKind::late, 40, 97, 3};
const FusionShape kLateBinary{FusionKind::late, 70, 20, 2};
const FusionShape kImageOnly{FusionKind::early, 31, 0, 2};
const FusionShape kTextOnly{FusionKind::late, 0, 31, 3};
const FusionShape kLabels{FusionKind::early, 40, 33, 2, 3};
const std::vector<FusionShape> kShapes{kEarly, kLate, kLateBinary, kImageOnly, kTextOnly, kLabels};

struct Outcome {
  std::vector<double> losses;
  double validation;
  Matrix probabilities;
  FusionWeights weights;
  bool operator==(const Outcome&) const = default;
};

Outcome train(const FusionShape& shape, FusionOptions options) {
  const Example example(shape, 150);
  const auto weights = example.weights(shape);
  FusionTrainer trainer(shape, options, example.data(), example.train, weights);
  Outcome outcome;
  for (int epoch = 0; epoch < 3; ++epoch) outcome.losses.push_back(trainer.train_epoch());
  outcome.validation = trainer.loss(example.rest);
  trainer.probabilities(example.rest, outcome.probabilities);
  outcome.weights = trainer.weights();
  return outcome;
}

TEST(FusionTrainer, IsBitEqualForAnyNumberOfThreads) {
  for (const FusionShape& shape : kShapes) {
    for (const double dropout : {0.0, 0.3}) {
      FusionOptions options{.batch = 16, .dropout = dropout, .seed = 3};
      const Outcome one = train(shape, options);
      for (const int threads : {2, 3, 4}) {
        options.threads = threads;
        EXPECT_EQ(train(shape, options), one) << threads << " threads, dropout " << dropout;
      }
    }
  }
}

TEST(FusionTrainer, TakesMoreThreadsThanThereIsWorkFor) {
  const FusionOptions options{.batch = 60};
  FusionOptions many = options;
  many.threads = 50;
  EXPECT_EQ(train(kTextOnly, many), train(kTextOnly, options));
}

TEST(FusionTrainer, IsBitEqualForAnyVectorWidthWithFma) {
  std::vector<Outcome> outcomes;
  test::on_every_target([&] {
    if ((hwy::SupportedTargets() & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL)) == 0) return;
    outcomes.push_back(train(kLate, {.batch = 16}));
    outcomes.push_back(train(kEarly, {.batch = 16}));
  });
  if (outcomes.size() < 4) GTEST_SKIP() << "this CPU has one vector width with multiply-add";
  EXPECT_EQ(outcomes[0], outcomes[2]);
  EXPECT_EQ(outcomes[1], outcomes[3]);
}

void expect_near(const BasicFusionWeights<double>& actual,
                 const BasicFusionWeights<double>& expected, double error) {
  const auto a = tensors_of(actual);
  const auto b = tensors_of(expected);
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t i = 0; i < a[t].values.size(); ++i) {
      ASSERT_NEAR(a[t].values[i], b[t].values[i], error) << a[t].name;
    }
  }
}

TEST(FusionTrainer, IsThePlainPath) {
  for (const FusionShape& shape : kShapes) {
    for (const double dropout : {0.0, 0.5}) {
      const FusionOptions options{.batch = 13, .dropout = dropout, .seed = 8, .threads = 2};
      const Example example(shape, 101);
      const auto weights = example.weights(shape);
      BasicFusionTrainer<double> fast(shape, options, example.data(), example.train, weights);
      PlainFusion<double> plain(fast.weights(), options, example.data(), weights);
      for (int epoch = 0; epoch < 3; ++epoch) {
        const auto order = epoch_order(example.train, options.seed, epoch);
        EXPECT_NEAR(fast.train_epoch(), plain.train_epoch_in_order(order), 1e-10);
      }
      expect_near(fast.weights(), plain.weights(), 1e-9);
      BasicMatrix<double> dlogits;
      std::vector<int32_t> label;
      for (const int32_t row : example.rest) {
        for (int64_t l = 0; l < shape.labels; ++l) {
          label.push_back(example.label[row * shape.labels + l]);
        }
      }
      EXPECT_NEAR(
          fast.loss(example.rest),
          criterion_of<double>(shape, weights).batch(plain.logits(example.rest), label, dlogits),
          1e-10);
    }
  }
}

// Noise, and a shift that is learned: rows that differ from batch to batch.
LiveRows noisy_learned_shift(int64_t width) {
  const FittedHalf half{width, width};
  FittedStep shift{{AlignKind::shift_learned, 0}, half, half};
  for (int64_t j = 0; j < width; ++j) shift.image.direction.push_back(j % 3 == 0 ? 0.4 : -0.1);
  shift.text.direction = shift.image.direction;
  return LiveRows({{{AlignKind::noise, 0.5}, half, half}, shift});
}

struct LiveCase {
  FusionShape shape;
  double regularisation;
};
const std::vector<LiveCase> kLiveCases{{{FusionKind::early, 24, 24, 3}, 0},
                                       {{FusionKind::late, 24, 24, 2}, 0},
                                       {{FusionKind::late, 24, 24, 3}, 0.2}};

TEST(FusionTrainer, LiveRowsAreThePlainPathForAnyNumberOfThreads) {
  const LiveRows live = noisy_learned_shift(24);
  for (const auto& [shape, regularisation] : kLiveCases) {
    const Example example(shape, 101);
    const auto weights = example.weights(shape);
    FusionData data = example.data();
    data.live = &live;
    std::optional<BasicFusionWeights<double>> before;
    for (const int threads : {1, 2, 3}) {
      const FusionOptions options{
          .batch = 13, .regularisation = regularisation, .seed = 8, .threads = threads};
      BasicFusionTrainer<double> fast(shape, options, data, example.train, weights);
      ASSERT_EQ(fast.weights().lambda, 0.0);
      PlainFusion<double> plain(fast.weights(), options, data, weights);
      for (int epoch = 0; epoch < 3; ++epoch) {
        const auto order = epoch_order(example.train, options.seed, epoch);
        EXPECT_NEAR(fast.train_epoch(), plain.train_epoch_in_order(order), 1e-9);
      }
      const BasicFusionWeights<double> trained = fast.weights();
      expect_near(trained, plain.weights(), 1e-7);
      EXPECT_NEAR(*trained.lambda, *plain.weights().lambda, 1e-8);
      EXPECT_GT(std::abs(*trained.lambda), 1e-4);
      EXPECT_TRUE(!before || trained == *before) << threads << " threads";
      before = trained;
    }
  }
}

// AdamW's first step moves lambda by the learning rate against the sign of d loss / d lambda, which
// differences of the loss of one batch tell as well. The gradient's size is tested above, where
// lambda moves as the plain path's does.
TEST(FusionTrainer, LambdaMovesDownhill) {
  const FusionShape shape{FusionKind::early, 24, 24, 3};
  const Example example(shape, 120);
  FusionData data = example.data();
  const FittedHalf half{24, 24};
  FittedStep shift{{AlignKind::shift_learned, 0}, half, half};
  for (int64_t j = 0; j < 24; ++j) shift.image.direction.push_back(j % 3 == 0 ? 0.8 : -0.2);
  shift.text.direction = shift.image.direction;
  const LiveRows live({shift});
  data.live = &live;
  const FusionOptions options{.batch = 120, .learning_rate = 1e-4, .weight_decay = 0};
  const auto batch_loss = [&](double lambda) {
    BasicFusionTrainer<double> trainer(shape, options, data, example.train, {});
    auto weights = trainer.weights();
    weights.lambda = lambda;
    trainer.set_weights(weights);
    return trainer.train_epoch();  // the loss of the batch before the step
  };
  for (const double at : {-0.5, 0.0, 0.7}) {
    const double slope = (batch_loss(at + 1e-3) - batch_loss(at - 1e-3)) / 2e-3;
    BasicFusionTrainer<double> trainer(shape, options, data, example.train, {});
    auto weights = trainer.weights();
    weights.lambda = at;
    trainer.set_weights(weights);
    trainer.train_epoch();
    EXPECT_NEAR(*trainer.weights().lambda - at, slope > 0 ? -1e-4 : 1e-4, 1e-6)
        << at << " " << slope;
  }
}

TEST(FusionTrainer, RegularisationDrawsTheBranchesTogether) {
  const FusionShape shape{FusionKind::late, 24, 24, 3};
  const auto losses = [&](double regularisation) {
    const Example example(shape, 200);
    FusionTrainer trainer(shape, {.regularisation = regularisation}, example.data(), example.train,
                          {});
    const double first = trainer.train_epoch();
    double last = 0;
    for (int epoch = 0; epoch < 20; ++epoch) last = trainer.train_epoch();
    return std::pair(first, last);
  };
  const auto [first, last] = losses(1);
  EXPECT_GT(first, losses(0).first + 10);  // 64 pairs of numbers of variance 1
  EXPECT_LT(last, 0.8 * first);
}

TEST(FusionTrainer, Learns) {
  for (const FusionShape& shape : kShapes) {
    const Example example(shape, 400);
    FusionTrainer trainer(shape, {}, example.data(), example.train, {});
    const double first = trainer.train_epoch();
    for (int epoch = 1; epoch < 10; ++epoch) trainer.train_epoch();
    EXPECT_LT(trainer.train_epoch(), first / 2);
    Matrix probabilities;
    trainer.probabilities(example.rest, probabilities);
    int64_t right = 0, known = 0;
    for (int64_t r = 0; r < probabilities.rows(); ++r) {
      for (int64_t l = 0; l < shape.labels; ++l) {
        const auto p = probabilities.row_span(r).subspan(l * shape.classes, shape.classes);
        EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-6);
        const int32_t truth = example.label[example.rest[r] * shape.labels + l];
        known += truth >= 0;
        right += std::max_element(p.begin(), p.end()) - p.begin() == truth;
      }
    }
    EXPECT_GT(right, known * 9 / 10);
  }
}

TEST(FusionTrainer, SeedDecidesWeightsAndOrder) {
  const Outcome one = train(kEarly, {.seed = 1});
  EXPECT_EQ(train(kEarly, {.seed = 1}), one);
  EXPECT_NE(train(kEarly, {.seed = 2}).weights, one.weights);
  const std::vector<int32_t> rows{3, 1, 4, 15, 9, 2, 6};
  const auto order = epoch_order(rows, 1, 0);
  EXPECT_NE(order, epoch_order(rows, 1, 1));
  EXPECT_EQ(std::multiset<int32_t>(order.begin(), order.end()),
            std::multiset<int32_t>(rows.begin(), rows.end()));
}

TEST(FusionTrainer, PredictsFromWeightsAlone) {
  const Example example(kLate, 150);
  FusionTrainer trainer(kLate, {}, example.data(), example.train, {});
  trainer.train_epoch();
  Matrix expected, actual;
  trainer.probabilities(example.rest, expected);
  predict_probabilities(trainer.weights(), example.features, example.rest, 2, actual);
  EXPECT_EQ(actual, expected);
  predict_probabilities(trainer.weights(), example.features, {}, 2, actual);
  EXPECT_EQ(actual.rows(), 0);
  EXPECT_EQ(actual.cols(), 3);
  test::expect_user_error(
      [&] { predict_probabilities(trainer.weights(), Matrix(2, 5), {}, 1, actual); },
      "40 + 97 numbers per row, the table has 5");
}

TEST(FusionTrainer, SetWeightsBeginsAnew) {
  const Example example(kEarly, 90);
  FusionTrainer trainer(kEarly, {}, example.data(), example.train, {});
  const FusionWeights start = trainer.weights();
  const double first = trainer.train_epoch();
  const FusionWeights after = trainer.weights();
  trainer.set_weights(start);
  EXPECT_EQ(trainer.weights(), start);
  EXPECT_EQ(trainer.train_epoch(), first);
  EXPECT_EQ(trainer.weights(), after);
}

TEST(FusionTrainer, UnitsThatDieDoNotSpoilTheRest) {
  // Features so large that many units never fire again: moments decay through the denormals.
  Example example(kEarly, 40);
  for (int64_t i = 0; i < example.features.size(); ++i) example.features.data()[i] *= 1e4f;
  FusionTrainer trainer(kEarly, {}, example.data(), example.train, {});
  for (int epoch = 0; epoch < 5; ++epoch) EXPECT_TRUE(std::isfinite(trainer.train_epoch()));
}

TEST(FusionTrainer, RegularisationNeedsTwoBranches) {
  for (const FusionShape& shape : {kEarly, kTextOnly}) {
    const Example example(shape, 20);
    test::expect_user_error(
        [&] { FusionTrainer(shape, {.regularisation = 1}, example.data(), example.train, {}); },
        "the two branches of late fusion");
  }
}

TEST(FusionTrainer, SaysWhatIsWrong) {
  const Example example(kEarly, 20);
  const auto with = [&](FusionOptions options, std::vector<int32_t> rows) {
    FusionTrainer(kEarly, options, example.data(), rows, {});
  };
  test::expect_user_error([&] { with({}, {4}); }, "at least two rows, got 1");
  test::expect_user_error([&] { with({}, {}); }, "at least two rows, got 0");
  test::expect_user_error([&] { with({.batch = 1}, {1, 2}); }, "at least two rows, got 1");
  test::expect_user_error([&] { with({.dropout = 1}, {1, 2}); }, "dropout must be");
  test::expect_user_error([&] { with({.dropout = std::nan("")}, {1, 2}); }, "dropout must be");
  EXPECT_THROW(with({}, {1, 20}), InternalError);
}

TEST(BatchBounds, MergesALastBatchOfOne) {
  using Bounds = std::vector<int64_t>;
  EXPECT_EQ(batch_bounds(8, 4), (Bounds{0, 4, 8}));
  EXPECT_EQ(batch_bounds(9, 4), (Bounds{0, 4, 9}));
  EXPECT_EQ(batch_bounds(10, 4), (Bounds{0, 4, 8, 10}));
  EXPECT_EQ(batch_bounds(3, 4), (Bounds{0, 3}));
  EXPECT_EQ(batch_bounds(3, 2), (Bounds{0, 3}));
}

}  // namespace
}  // namespace puente
