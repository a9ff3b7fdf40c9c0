#include "heads/lda.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "data/labels.h"
#include "fusion/fusion.h"
#include "heads/cholesky.h"
#include "tensor/products.h"

namespace puente {
namespace {

/// Sum of the squares of all numbers of x^T x (which are those of x x^T).
double squares_of_gram(MatrixView<const double> x) {
  double sum = 0;
  if (x.rows < x.cols) {
    BasicMatrix<double> gram(x.rows, x.rows);
    multiply_by_transposed<double>(x, x, gram.view());
    for (int64_t i = 0; i < gram.size(); ++i) sum += gram.data()[i] * gram.data()[i];
    return sum;
  }
  const BasicMatrix<double> gram = upper_gram(x);
  for (int64_t i = 0; i < x.cols; ++i) {
    sum += gram(i, i) * gram(i, i);
    for (int64_t j = i + 1; j < x.cols; ++j) sum += 2 * gram(i, j) * gram(i, j);
  }
  return sum;
}

}  // namespace

double ledoit_wolf_shrinkage(MatrixView<const double> x) {
  if (x.cols == 1) return 0;
  const double n = static_cast<double>(x.rows), p = static_cast<double>(x.cols);
  double squares = 0;        // of all numbers
  double fourth_powers = 0;  // sum over rows of the square of the row's squared length
  for (int64_t i = 0; i < x.rows; ++i) {
    double length = 0;
    for (const double v : x.row_span(i)) length += v * v;
    squares += length;
    fourth_powers += length * length;
  }
  const double mean_variance = squares / n / p;
  const double covariance_squares = squares_of_gram(x) / (n * n);
  const double beta = (fourth_powers / n - covariance_squares) / (p * n);
  const double delta = (covariance_squares - p * mean_variance * mean_variance) / p;
  const double least = std::min(beta, delta);
  return least == 0 ? 0 : least / delta;
}

LinearScores fit_lda(const HeadData& data, Shrinkage shrinkage) {
  PUENTE_ASSERT(!shrinkage || (*shrinkage > 0 && *shrinkage <= 1));
  balanced_class_weights(data.label, data.train, data.classes);  // every class has rows
  const int64_t dim = data.features.cols;
  const double all = static_cast<double>(data.train.size());
  BasicMatrix<double> means(data.classes, dim);
  BasicMatrix<double> spread(static_cast<int64_t>(data.train.size()), dim);  // gram: covariance
  std::vector<double> diagonal(static_cast<size_t>(dim));  // what shrinkage adds to it
  int64_t next = 0;
  for (int64_t k = 0; k < data.classes; ++k) {
    check_interrupt();
    std::vector<int32_t> rows;
    for (const int32_t row : data.train) {
      if (data.label[static_cast<size_t>(row)] == k) rows.push_back(row);
    }
    const double n = static_cast<double>(rows.size());
    double* mean = means.row(k);
    for (const int32_t row : rows) {
      for (int64_t j = 0; j < dim; ++j) mean[j] += data.features.row(row)[j];
    }
    for (int64_t j = 0; j < dim; ++j) mean[j] /= n;
    BasicMatrix<double> centred(static_cast<int64_t>(rows.size()), dim);
    std::vector<double> variance(static_cast<size_t>(dim));
    double mean_variance = 0;
    for (int64_t j = 0; j < dim; ++j) {
      const auto at = static_cast<size_t>(j);
      bool varies = false;
      for (size_t i = 0; i < rows.size(); ++i) {
        const double value = data.features.row(rows[i])[j];
        if (value != data.features.row(rows[0])[j]) varies = true;
        centred(static_cast<int64_t>(i), j) = value - mean[j];
        variance[at] += (value - mean[j]) * (value - mean[j]);
      }
      variance[at] = varies ? variance[at] / n : 0;
      mean_variance += variance[at] / static_cast<double>(dim);
    }
    double own = 0;
    if (shrinkage) {
      own = *shrinkage;
      for (double& d : diagonal) d += n / all * own * mean_variance;
    } else {
      BasicMatrix<double> scaled = centred;
      double varying = 0;
      for (int64_t j = 0; j < dim; ++j) {
        const double v = variance[static_cast<size_t>(j)];
        if (v > 0) ++varying;
        const double sd = v > 0 ? std::sqrt(v) : 1;
        for (int64_t i = 0; i < scaled.rows(); ++i) scaled(i, j) /= sd;
      }
      own = ledoit_wolf_shrinkage(scaled);
      for (int64_t j = 0; j < dim; ++j) {
        const double v = variance[static_cast<size_t>(j)];
        diagonal[static_cast<size_t>(j)] +=
            n / all * own * varying / static_cast<double>(dim) * (v > 0 ? v : 1);
      }
    }
    const double factor = std::sqrt((1 - own) / all);
    for (int64_t i = 0; i < centred.rows(); ++i, ++next) {
      for (int64_t j = 0; j < dim; ++j) spread(next, j) = factor * centred(i, j);
    }
  }

  BasicMatrix<double> covariance = upper_gram(spread);
  for (int64_t j = 0; j < dim; ++j) covariance(j, j) += diagonal[static_cast<size_t>(j)];
  const Cholesky cholesky(std::move(covariance));
  if (!cholesky.ok()) {
    fail(
        "lda: the covariance of the features is singular even when shrunk; leave out features "
        "that do not vary");
  }
  BasicMatrix<double> weight = means;
  cholesky.solve(weight.view());
  std::vector<double> intercept(static_cast<size_t>(data.classes));
  for (int64_t k = 0; k < data.classes; ++k) {
    for (int64_t j = 0; j < dim; ++j) {
      intercept[static_cast<size_t>(k)] -= 0.5 * means(k, j) * weight(k, j);
    }
  }
  if (data.classes > 2) return {std::move(weight), std::move(intercept)};
  LinearScores model{BasicMatrix<double>(1, dim), {intercept[1] - intercept[0]}};
  for (int64_t j = 0; j < dim; ++j) model.weight(0, j) = weight(1, j) - weight(0, j);
  return model;
}

LdaChoice choose_lda(const HeadData& data) {
  const std::vector<int32_t> label = labels_at(data.label, data.validation);
  std::optional<LdaChoice> best;
  for (const Shrinkage shrinkage : {Shrinkage(), Shrinkage(0.01), Shrinkage(0.1), Shrinkage(0.3),
                                    Shrinkage(0.6), Shrinkage(0.9)}) {
    LinearScores model = fit_lda(data, shrinkage);
    const ValidationScore score =
        score_on(to_probabilities(model.scores(data.features, data.validation)), label);
    if (!best || score.is_better_than(best->validation)) {
      best = LdaChoice{std::move(model), shrinkage, score};
    }
  }
  return *best;
}

}  // namespace puente
