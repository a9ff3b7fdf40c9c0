// The panel kernels against the plain layers, on every vector width that this CPU has, and against
// each other to the last bit.
#include "nn/panels.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "nn/batch_norm.h"
#include "nn/linear.h"
#include "nn/panel_norm.h"
#include "nn/relu.h"
#include "support/targets.h"

namespace puente {
namespace {

// Calls body once for every target that was compiled and that this CPU can run; says whether its
// multiply-add rounds once, which is what makes bits equal.
void for_each_target(const std::function<void(bool has_fma)>& body) {
  test::on_every_target(
      [&] { body((hwy::SupportedTargets() & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL)) != 0); });
}

struct Case {
  int64_t rows, offset, inputs;
  int panels;
};

// Odd ones around the blocks of 8, 6, 4, 3 rows and the tiles of 64 and 256 inputs.
const std::vector<Case> kCases = {{2, 0, 1, 1},    {1, 3, 7, 2},   {9, 1, 8, 2},   {13, 0, 65, 2},
                                  {64, 5, 300, 2}, {65, 0, 64, 1}, {7, 0, 259, 1}, {64, 2, 47, 2}};

// Everything that the kernels read and write, in one layout for all targets.
template <class T, class X>
struct Problem {
  Case shape;
  BasicMatrix<X> x;
  std::vector<const X*> row;
  AlignedVector<T> w[2], m[2], v[2], z[2], bias[2];

  explicit Problem(const Case& c) : shape(c), x(c.rows + 2, c.offset + c.inputs + 3) {
    Rng rng(11);
    for (int64_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<X>(rng.uniform(-1, 1));
    for (int64_t r = 0; r < c.rows; ++r) row.push_back(x.row(rng.below(x.rows())));
    for (int p = 0; p < 2; ++p) {
      for (auto* values : {&w[p], &m[p], &v[p]}) values->resize(c.inputs * kPanel);
      z[p].resize(c.rows * kPanel);
      bias[p].resize(kPanel);
      for (T& value : w[p]) value = static_cast<T>(rng.uniform(-1, 1));
      for (T& value : m[p]) value = static_cast<T>(rng.uniform(-1, 1));
      for (T& value : v[p]) value = static_cast<T>(rng.uniform(0, 1));
      for (T& value : z[p]) value = static_cast<T>(rng.uniform(-1, 1));
      for (T& value : bias[p]) value = static_cast<T>(rng.uniform(-1, 1));
    }
  }

  PanelInput<X> input() const { return {row.data(), shape.rows, shape.offset, shape.inputs}; }
  PanelPair<T> pair() {
    PanelPair<T> pair;
    pair.count = shape.panels;
    for (int p = 0; p < shape.panels; ++p) {
      pair.bias[p] = bias[p].data();
      pair.w[p] = w[p].data();
      pair.m[p] = m[p].data();
      pair.v[p] = v[p].data();
      pair.z[p] = z[p].data();
    }
    return pair;
  }
  void forward() {
    const PanelPair<T> panels = pair();
    panel_forward<T, X>(input(), {&panels, 1});
  }
  void update(const AdamWStep<T>& step) {
    const PanelPair<T> panels = pair();
    AlignedVector<T> scratch(panel_scratch(shape.rows));
    panel_update<T, X>(input(), {&panels, 1}, step, scratch.data());
  }
};

template <class Types>
class Panels : public testing::Test {};
template <class T_, class X_>
struct Pair {
  using T = T_;
  using X = X_;
};
using AllPairs = testing::Types<Pair<float, float>, Pair<double, double>, Pair<double, float>>;
TYPED_TEST_SUITE(Panels, AllPairs);

TYPED_TEST(Panels, ForwardIsLinear) {
  using T = typename TypeParam::T;
  using X = typename TypeParam::X;
  for (const Case& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.rows << " rows, " << c.inputs << " inputs");
    const T tolerance = std::numeric_limits<T>::epsilon() * static_cast<T>(c.inputs + 2);
    AlignedVector<T> first[2];
    for_each_target([&](bool fma) {
      Problem<T, X> problem(c);
      problem.forward();
      for (int p = 0; p < c.panels; ++p) {
        for (int64_t r = 0; r < c.rows; ++r) {
          for (int64_t i = 0; i < kPanel; ++i) {
            double sum = problem.bias[p][i];
            for (int64_t k = 0; k < c.inputs; ++k) {
              sum += double{problem.row[r][c.offset + k]} * double{problem.w[p][k * kPanel + i]};
            }
            ASSERT_NEAR(problem.z[p][r * kPanel + i], sum, tolerance) << p << " " << r << " " << i;
          }
        }
        if (fma) {
          if (first[p].empty()) first[p] = problem.z[p];
          ASSERT_EQ(first[p], problem.z[p]) << "not the bits of the first target";
        }
      }
    });
  }
}

TYPED_TEST(Panels, UpdateIsAdamWOfTheGradient) {
  using T = typename TypeParam::T;
  using X = typename TypeParam::X;
  const AdamWStep<T> step({}, 3);
  for (const Case& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.rows << " rows, " << c.inputs << " inputs");
    const double tolerance = double{std::numeric_limits<T>::epsilon()} * double(c.rows + 4);
    AlignedVector<T> first[2];
    for_each_target([&](bool fma) {
      Problem<T, X> problem(c);
      const Problem<T, X> before(c);
      problem.update(step);
      const AdamWStep<double> exact({}, 3);
      for (int p = 0; p < c.panels; ++p) {
        for (int64_t k = 0; k < c.inputs; ++k) {
          for (int64_t i = 0; i < kPanel; ++i) {
            double gradient = 0;
            for (int64_t r = 0; r < c.rows; ++r) {
              gradient += double{before.row[r][c.offset + k]} * double{before.z[p][r * kPanel + i]};
            }
            double w = before.w[p][k * kPanel + i];
            double m = before.m[p][k * kPanel + i];
            double v = before.v[p][k * kPanel + i];
            exact.update(w, gradient, m, v);
            ASSERT_NEAR(problem.m[p][k * kPanel + i], m, tolerance * 4) << p << " " << k;
            ASSERT_NEAR(problem.v[p][k * kPanel + i], v, tolerance * 4) << p << " " << k;
            ASSERT_NEAR(problem.w[p][k * kPanel + i], w, tolerance * 4) << p << " " << k;
          }
        }
        ASSERT_EQ(problem.z[p], before.z[p]);
        if (fma) {
          if (first[p].empty()) first[p] = problem.w[p];
          ASSERT_EQ(first[p], problem.w[p]) << "not the bits of the first target";
        }
      }
    });
  }
}

template <class T>
class Norm : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(Norm, Scalars);

// ReLU and BatchNorm on a panel are the plain layers on 16 columns.
TYPED_TEST(Norm, IsReluAndBatchNorm) {
  using T = TypeParam;
  constexpr int64_t kRows = 37;
  Rng rng(12);
  BatchNormWeights<double> weights(kPanel);
  BatchNormRunning<double> running(kPanel);
  BasicMatrix<double> z(kRows, kPanel), dy(kRows, kPanel);
  const auto random = [&](double* values, size_t n, double low) {
    for (size_t i = 0; i < n; ++i) values[i] = static_cast<T>(rng.uniform(low, 1));
  };
  random(weights.weight.data(), kPanel, -1);
  random(weights.bias.data(), kPanel, -1);
  random(running.mean.data(), kPanel, -1);
  random(running.variance.data(), kPanel, 0.1);
  random(z.data(), z.size(), -1);
  random(dy.data(), dy.size(), -1);
  for (int64_t r = 0; r < kRows; ++r) z(r, 5) = -1;  // a dead unit

  const auto cast = [](const auto& from) {
    AlignedVector<T> to(from.begin(), from.end());
    return to;
  };
  const auto values = [&](const BasicMatrix<double>& m) {
    return AlignedVector<T>(m.data(), m.data() + m.size());
  };
  const auto before = running;
  BasicMatrix<double> h, y, dh, dz, evaluated;
  BatchNorm1d<double>::Saved saved;
  BatchNormWeights<double> gradient;
  Relu<double>::forward(z, h);
  BatchNorm1d<double>::evaluate(weights, before, h, evaluated);
  BatchNorm1d<double>::forward(weights, running, h, y, saved);
  BatchNorm1d<double>::backward(weights, saved, dy, gradient, dh);
  Relu<double>::backward(h, dh, dz);

  // The dead unit's 1/sqrt(0 + 1e-5) = 316 magnifies rounding.
  const double tolerance = double{std::numeric_limits<T>::epsilon()} * 2000;
  AlignedVector<T> first;
  for_each_target([&](bool fma) {
    AlignedVector<T> weight = cast(weights.weight), bias = cast(weights.bias);
    AlignedVector<T> mean = cast(before.mean), variance = cast(before.variance);
    const PanelNorm<T> norm{weight.data(), bias.data(), mean.data(), variance.data()};
    AlignedVector<T> evaluation = values(z);
    panel_norm_evaluate(norm, kRows, evaluation.data());
    AlignedVector<T> panel = values(z), out(z.size()), d = values(dy);
    PanelNormSaved<T> kept;
    panel_norm_train(norm, kRows, panel.data(), out.data(), kept);
    PanelNormGradient<T> found;
    panel_norm_backward(norm, kept, kRows, panel.data(), T(1), d.data(), found);
    for (int64_t i = 0; i < z.size(); ++i) {
      ASSERT_NEAR(evaluation[i], evaluated.data()[i], tolerance);
      ASSERT_NEAR(out[i], y.data()[i], tolerance);
      ASSERT_NEAR(d[i], dz.data()[i], tolerance);
    }
    for (int64_t c = 0; c < kPanel; ++c) {
      double linear_bias = 0;
      for (int64_t r = 0; r < kRows; ++r) linear_bias += dz(r, c);
      ASSERT_NEAR(mean[c], running.mean[c], tolerance);
      ASSERT_NEAR(variance[c], running.variance[c], tolerance);
      ASSERT_NEAR(found.weight[c], gradient.weight[c], tolerance);
      ASSERT_NEAR(found.bias[c], gradient.bias[c], tolerance);
      ASSERT_NEAR(found.linear_bias[c], linear_bias, tolerance);
    }
    if (fma) {
      if (first.empty()) first = d;
      ASSERT_EQ(first, d) << "not the bits of the first target";
    }
  });
}

TYPED_TEST(Norm, LogitsSumOverPanels) {
  using T = TypeParam;
  constexpr int64_t kRows = 5, kPanels = 3, kOutputs = 7;
  Rng rng(13);
  AlignedVector<T> y[kPanels], w[kPanels], bias(kOutputs), first;
  std::vector<const T*> y_at, w_at;
  for (int64_t p = 0; p < kPanels; ++p) {
    y[p].resize(kRows * kPanel);
    w[p].resize(kOutputs * kPanel);
    for (T& value : y[p]) value = static_cast<T>(rng.uniform(-1, 1));
    for (T& value : w[p]) value = static_cast<T>(rng.uniform(-1, 1));
    y_at.push_back(y[p].data());
    w_at.push_back(w[p].data());
  }
  for (T& value : bias) value = static_cast<T>(rng.uniform(-1, 1));
  for_each_target([&](bool fma) {
    AlignedVector<T> logits(kRows * kOutputs, T(99));
    panel_logits(y_at.data(), w_at.data(), kPanels, bias.data(), kOutputs, 1, 4, logits.data());
    for (int64_t r = 0; r < kRows; ++r) {
      for (int64_t o = 0; o < kOutputs; ++o) {
        double sum = bias[o];
        for (int64_t p = 0; p < kPanels; ++p) {
          for (int64_t c = 0; c < kPanel; ++c) {
            sum += double{y[p][r * kPanel + c]} * double{w[p][o * kPanel + c]};
          }
        }
        if (r == 0 || r == 4) sum = 99;  // rows that were not asked for
        ASSERT_NEAR(logits[r * kOutputs + o], sum, std::numeric_limits<T>::epsilon() * 100);
      }
    }
    if (fma) {
      if (first.empty()) first = logits;
      ASSERT_EQ(first, logits) << "not the bits of the first target";
    }
  });
}

}  // namespace
}  // namespace puente
