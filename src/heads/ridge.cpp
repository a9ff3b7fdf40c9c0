#include "heads/ridge.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "data/labels.h"
#include "data/rows_at.h"
#include "fusion/fusion.h"
#include "heads/cholesky.h"
#include "tensor/products.h"

namespace puente {
namespace {

/// a b: [M, n] [n, D] -> [M, D]
BasicMatrix<double> product(const BasicMatrix<double>& a, const BasicMatrix<double>& b) {
  BasicMatrix<double> out(a.rows(), b.cols());
  for (int64_t first = 0; first < b.rows(); first += kProductRows) {
    const int64_t count = std::min(kProductRows, b.rows() - first);
    BasicMatrix<double> turned(count, a.rows());
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t m = 0; m < a.rows(); ++m) turned(i, m) = a(m, first + i);
    }
    add_transposed_product<double>(turned, {b.row(first), count, b.cols(), b.cols()}, out.view());
  }
  return out;
}

}  // namespace

RidgeTrainer::RidgeTrainer(const HeadData& data)
    : x_(static_cast<int64_t>(data.train.size()), data.features.cols),
      y_(data.classes == 2 ? 1 : data.classes, x_.rows()),
      x_mean_(static_cast<size_t>(x_.cols())),
      y_mean_(static_cast<size_t>(y_.rows())) {
  const std::vector<double> class_weight =
      balanced_class_weights(data.label, data.train, data.classes);
  const Matrix features = rows_at(data.features, data.train);
  const std::vector<int32_t> label = labels_at(data.label, data.train);
  const auto target = [&](size_t i, int64_t output) {
    return label[i] == (y_.rows() == 1 ? 1 : output) ? 1.0 : -1.0;
  };
  double sum = 0;
  for (size_t i = 0; i < label.size(); ++i) {
    const double weight = class_weight[static_cast<size_t>(label[i])];
    sum += weight;
    const auto row = static_cast<int64_t>(i);
    for (int64_t j = 0; j < x_.cols(); ++j) {
      x_mean_[static_cast<size_t>(j)] += weight * features(row, j);
    }
    for (int64_t k = 0; k < y_.rows(); ++k)
      y_mean_[static_cast<size_t>(k)] += weight * target(i, k);
  }
  for (double& mean : x_mean_) mean /= sum;
  for (double& mean : y_mean_) mean /= sum;
  for (size_t i = 0; i < label.size(); ++i) {
    const double root = std::sqrt(class_weight[static_cast<size_t>(label[i])]);
    const auto row = static_cast<int64_t>(i);
    for (int64_t j = 0; j < x_.cols(); ++j) {
      x_(row, j) = root * (features(row, j) - x_mean_[static_cast<size_t>(j)]);
    }
    for (int64_t k = 0; k < y_.rows(); ++k) {
      y_(k, row) = root * (target(i, k) - y_mean_[static_cast<size_t>(k)]);
    }
  }
  if (has_fewer_rows()) {
    gram_ = BasicMatrix<double>(x_.rows(), x_.rows());
    multiply_by_transposed<double>(x_, x_, gram_.view());
    right_side_ = y_;
  } else {
    gram_ = upper_gram(x_);
    right_side_ = product(y_, x_);
  }
}

LinearScores RidgeTrainer::fit(double alpha) const {
  PUENTE_ASSERT(alpha > 0);
  BasicMatrix<double> a = gram_;
  for (int64_t i = 0; i < a.rows(); ++i) a(i, i) += alpha;
  const Cholesky cholesky(std::move(a));
  if (!cholesky.ok()) fail("ridge: alpha {} is too small for these features", alpha);
  BasicMatrix<double> solution = right_side_;
  cholesky.solve(solution.view());
  LinearScores model;
  model.weight = has_fewer_rows() ? product(solution, x_) : std::move(solution);
  for (int64_t k = 0; k < model.weight.rows(); ++k) {
    double intercept = y_mean_[static_cast<size_t>(k)];
    for (size_t j = 0; j < x_mean_.size(); ++j) {
      intercept -= model.weight(k, static_cast<int64_t>(j)) * x_mean_[j];
    }
    model.intercept.push_back(intercept);
  }
  return model;
}

std::vector<double> ridge_strengths() {
  std::vector<double> alphas;
  for (int half = 12; half >= 0; --half) alphas.push_back(std::pow(10.0, half / 2.0));
  return alphas;
}

RidgeChoice choose_ridge(const HeadData& data, std::span<const double> alphas) {
  PUENTE_ASSERT(!alphas.empty());
  const RidgeTrainer trainer(data);
  const std::vector<int32_t> label = labels_at(data.label, data.validation);
  RidgeChoice best;
  for (const double alpha : alphas) {
    LinearScores model = trainer.fit(alpha);
    const BasicMatrix<double> scores = model.scores(data.features, data.validation);
    const double scale = fit_scale(scores, label);
    const ValidationScore score = score_on(to_probabilities(scores, scale), label);
    if (best.alpha == 0 || score.is_better_than(best.validation)) {
      best = {std::move(model), scale, alpha, score};
    }
  }
  return best;
}

}  // namespace puente
