#include "heads/logistic.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "data/labels.h"
#include "data/rows_at.h"
#include "fusion/fusion.h"
#include "heads/cholesky.h"
#include "heads/rough_solve.h"
#include "nn/losses.h"
#include "tensor/multiply.h"
#include "tensor/packed_matrix.h"
#include "tensor/products.h"

namespace puente {
namespace {

/// [outputs, D + 1]: a row of W and the intercept behind it.
using Parameters = BasicMatrix<double>;

double dot(const Parameters& a, const Parameters& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) sum += a.data()[i] * b.data()[i];
  return sum;
}

double length(const Parameters& a) { return std::sqrt(dot(a, a)); }

/// y += factor * x
void add(double factor, const Parameters& x, Parameters& y) {
  for (int64_t i = 0; i < x.size(); ++i) y.data()[i] += factor * x.data()[i];
}

/// Without the intercepts.
template <class T>
MatrixView<T> weights_of(MatrixView<T> p) {
  return {p.data, p.rows, p.cols - 1, p.stride};
}

struct Point {
  Parameters at;
  double value = 0;
  Parameters gradient;
  BasicMatrix<double> probability;  // [n, outputs]
};

}  // namespace

struct LogisticTrainer::Impl {
  Matrix x;                    // [n, D] the training rows
  std::vector<int32_t> label;  // [n]
  std::vector<double> weight;  // [n] of the row
  int64_t outputs = 0;         // 1 for two classes
  double weight_sum = 0;
  BasicMatrix<double> gram;  // X^T diag(weight) X, upper; empty where D > n
  PackedMatrix packed;       // x once more, for products in floats

  int64_t rows() const { return x.rows(); }
  int64_t dim() const { return x.cols(); }

  /// Calls use(first, scores) for the rows in blocks; what it leaves in `scores` [rows, outputs] is
  /// then multiplied with the rows: the sum of scores^T [x, 1], plus p itself on W: the gradient.
  template <class Use>
  Parameters pass(const Parameters& p, Use&& use) const {
    Parameters out(outputs, dim() + 1);
    for (int64_t first = 0; first < rows(); first += kProductRows) {
      const int64_t count = std::min(kProductRows, rows() - first);
      const MatrixView<const float> block = {x.row(first), count, dim(), dim()};
      BasicMatrix<double> scores(count, outputs);
      multiply_by_transposed<float>(block, weights_of<const double>(p), scores.view());
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < outputs; ++k) scores(i, k) += p(k, dim());
      }
      use(first, scores);
      add_transposed_product<float>(scores, block, weights_of(out.view()));
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < outputs; ++k) out(k, dim()) += scores(i, k);
      }
    }
    for (int64_t k = 0; k < outputs; ++k) {
      for (int64_t j = 0; j < dim(); ++j) out(k, j) += p(k, j);
    }
    return out;
  }

  Point evaluate_at(Parameters at, double c) const {
    Point point;
    point.at = std::move(at);
    point.probability = BasicMatrix<double>(rows(), outputs);
    double loss = 0;
    std::vector<double> slope(static_cast<size_t>(outputs));
    point.gradient = pass(point.at, [&](int64_t first, BasicMatrix<double>& scores) {
      for (int64_t i = 0; i < scores.rows(); ++i) {
        const auto row = static_cast<size_t>(first + i);
        double* p = point.probability.row(first + i);
        if (outputs == 1) {
          loss += weight[row] * logistic_row(scores(i, 0), label[row], 1.0, slope[0]);
          p[0] = slope[0] + label[row];
        } else {
          loss += weight[row] * cross_entropy_row<double>(scores.row_span(i), label[row], slope);
          std::copy(slope.begin(), slope.end(), p);
          p[label[row]] += 1;
        }
        for (int64_t k = 0; k < outputs; ++k) {
          scores(i, k) = c * weight[row] * slope[static_cast<size_t>(k)];
        }
      }
    });
    double squares = 0;
    for (int64_t k = 0; k < outputs; ++k) {
      for (int64_t j = 0; j < dim(); ++j) squares += point.at(k, j) * point.at(k, j);
    }
    point.value = 0.5 * squares + c * loss;
    return point;
  }

  /// In floats: the direction of a step need not be exact, as long as value and gradient are.
  Parameters hessian_times(const Parameters& v, const Point& point, double c) const {
    Matrix floats(outputs, dim());
    for (int64_t k = 0; k < outputs; ++k) std::copy_n(v.row(k), dim(), floats.row(k));
    PackedMatrix columns(dim(), outputs);
    columns.set_columns(0, floats);
    Matrix scores(rows(), outputs);
    multiply(x, columns, scores.view());
    Matrix factors(outputs, rows());
    Parameters out(outputs, dim() + 1);
    std::vector<double> score(static_cast<size_t>(outputs));
    for (int64_t i = 0; i < rows(); ++i) {
      const double* p = point.probability.row(i);
      double mean = 0;
      for (int64_t k = 0; k < outputs; ++k) {
        double& own = score[static_cast<size_t>(k)];
        own = static_cast<double>(scores(i, k)) + v(k, dim());
        mean += p[k] * own;
      }
      for (int64_t k = 0; k < outputs; ++k) {
        const double factor =
            c * weight[static_cast<size_t>(i)] * p[k] * (score[static_cast<size_t>(k)] - mean);
        factors(k, i) = static_cast<float>(factor);
        out(k, dim()) += factor;
      }
    }
    multiply(factors, packed, floats.view());
    for (int64_t k = 0; k < outputs; ++k) {
      for (int64_t j = 0; j < dim(); ++j) out(k, j) = static_cast<double>(floats(k, j)) + v(k, j);
    }
    return out;
  }

  /// Mean of p (1 - p) over rows, by weight, and outputs.
  double curvature(const Point& point) const {
    double sum = 0;
    for (int64_t i = 0; i < rows(); ++i) {
      for (const double p : point.probability.row_span(i)) {
        sum += weight[static_cast<size_t>(i)] * p * (1 - p);
      }
    }
    return sum / (weight_sum * static_cast<double>(outputs));
  }
};

LogisticTrainer::LogisticTrainer(const HeadData& data) : impl_(std::make_unique<Impl>()) {
  PUENTE_ASSERT(data.classes >= 2);
  const std::vector<double> class_weight =
      balanced_class_weights(data.label, data.train, data.classes);
  impl_->x = rows_at(data.features, data.train);
  impl_->label = labels_at(data.label, data.train);
  impl_->outputs = data.classes == 2 ? 1 : data.classes;
  impl_->packed.reshape(impl_->rows(), impl_->dim());
  impl_->packed.set(impl_->x);
  for (const int32_t label : impl_->label) {
    impl_->weight.push_back(class_weight[static_cast<size_t>(label)]);
    impl_->weight_sum += impl_->weight.back();
  }
  const int64_t dim = impl_->dim();
  // With more features than rows the matrix costs more than it saves.
  if (dim > impl_->rows()) return;
  BasicMatrix<double> weighted(impl_->rows(), dim);
  for (int64_t i = 0; i < weighted.rows(); ++i) {
    const double root = std::sqrt(impl_->weight[static_cast<size_t>(i)]);
    for (int64_t j = 0; j < dim; ++j) weighted(i, j) = root * impl_->x(i, j);
  }
  impl_->gram = upper_gram(weighted);
}

LogisticTrainer::~LogisticTrainer() = default;

LogisticFit LogisticTrainer::fit(double c, double tolerance, const LinearScores* start) const {
  PUENTE_ASSERT(c > 0 && tolerance > 0);
  const Impl& problem = *impl_;
  const int64_t dim = problem.dim();
  Parameters at(problem.outputs, dim + 1);
  if (start != nullptr) {
    PUENTE_ASSERT(start->weight.rows() == at.rows() && start->weight.cols() == dim);
    for (int64_t k = 0; k < at.rows(); ++k) {
      std::copy_n(start->weight.row(k), dim, at.row(k));
      at(k, dim) = start->intercept[static_cast<size_t>(k)];
    }
  }
  Point point = problem.evaluate_at(std::move(at), c);

  // The Hessian as it would be if p (1 - p) were the same everywhere.
  const double curvature = c * std::max(problem.curvature(point), 1e-6);
  std::optional<RoughSolve> rough;
  if (!problem.gram.empty()) {
    BasicMatrix<double> about = problem.gram;
    for (int64_t i = 0; i < dim; ++i) {
      for (int64_t j = i; j < dim; ++j) about(i, j) *= curvature;
      about(i, i) += 1;
    }
    const Cholesky factor(std::move(about));
    if (factor.ok()) rough.emplace(factor);
  }
  const auto precondition = [&](Parameters r) {
    if (rough) rough->solve(weights_of(r.view()));
    for (int64_t k = 0; k < r.rows(); ++k) r(k, dim) /= curvature * problem.weight_sum;
    return r;
  };

  const double first_length = std::max(length(point.gradient), tolerance);
  constexpr int kMostSteps = 100;
  constexpr int kMostConjugate = 1000;
  for (int step = 0; step < kMostSteps && length(point.gradient) > tolerance; ++step) {
    const double gradient = length(point.gradient);
    // The nearer, the more exactly, which keeps Newton's method faster than linear.
    const double enough = gradient * std::min(0.1, std::sqrt(gradient / first_length));
    Parameters residual(problem.outputs, dim + 1), direction(problem.outputs, dim + 1);
    add(-1, point.gradient, residual);
    Parameters z = precondition(residual);
    Parameters search = z;
    double rz = dot(residual, z);
    for (int i = 0; i < kMostConjugate && rz > 0; ++i) {
      check_interrupt();
      const Parameters image = problem.hessian_times(search, point, c);
      const double curved = dot(search, image);
      if (!(curved > 0)) break;  // rounding
      const double alpha = rz / curved;
      add(alpha, search, direction);
      add(-alpha, image, residual);
      if (length(residual) <= enough) break;
      z = precondition(residual);
      const double next = dot(residual, z);
      for (int64_t j = 0; j < search.size(); ++j) {
        search.data()[j] = z.data()[j] + next / rz * search.data()[j];
      }
      rz = next;
    }

    const double slope = dot(point.gradient, direction);
    const double rounding = 1e-14 * std::abs(point.value);
    double size = 1;
    for (;; size /= 2) {
      Parameters to = point.at;
      add(size, direction, to);
      Point next = problem.evaluate_at(std::move(to), c);
      if (next.value <= point.value + 1e-4 * size * slope + rounding || size < 1e-9) {
        point = std::move(next);
        break;
      }
    }
  }

  LogisticFit fit;
  fit.gradient = length(point.gradient);
  fit.model.weight = BasicMatrix<double>(problem.outputs, dim);
  for (int64_t k = 0; k < problem.outputs; ++k) {
    std::copy_n(point.at.row(k), dim, fit.model.weight.row(k));
    fit.model.intercept.push_back(point.at(k, dim));
  }
  return fit;
}

std::vector<double> logistic_strengths() {
  std::vector<double> strengths;
  for (int half = -10; half <= 2; ++half) strengths.push_back(std::pow(10.0, half / 2.0));
  return strengths;
}

LogisticChoice choose_logistic(const HeadData& data, std::span<const double> strengths,
                               double tolerance) {
  PUENTE_ASSERT(!strengths.empty() && std::is_sorted(strengths.begin(), strengths.end()));
  const LogisticTrainer trainer(data);
  const std::vector<int32_t> label = labels_at(data.label, data.validation);
  constexpr int kPatience = 4;
  // Which is the best shows sooner than what it is.
  const double about = std::max(tolerance, 1e-2);
  const auto validation_of = [&](const LinearScores& model) {
    return score_on(to_probabilities(model.scores(data.features, data.validation)), label);
  };
  LogisticChoice best;
  LinearScores last;
  int since_best = 0;
  for (const double c : strengths) {
    last = trainer.fit(c, about, last.intercept.empty() ? nullptr : &last).model;
    const ValidationScore score = validation_of(last);
    if (best.c == 0 || score.is_better_than(best.validation)) {
      best = {last, c, score};
      since_best = 0;
    } else if (++since_best == kPatience) {
      break;
    }
  }
  if (tolerance < about) {
    best.model = trainer.fit(best.c, tolerance, &best.model).model;
    best.validation = validation_of(best.model);
  }
  return best;
}

}  // namespace puente
