// PlainFusion: the training of fusion/trainer.h as one obvious call per layer. The reference that
// the fast trainer is tested against; not for use, it is slow.
#pragma once

#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "data/rows_at.h"
#include "fusion/batches.h"
#include "fusion/trainer.h"
#include "fusion/weights.h"
#include "nn/adamw.h"
#include "nn/batch_norm.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/relu.h"

namespace puente {

template <class T>
class PlainFusion {
 public:
  PlainFusion(const BasicFusionWeights<T>& weights, const FusionOptions& options,
              const FusionData& data, std::span<const double> class_weights)
      : options_(options),
        data_(data),
        branches_(branches_of(weights.shape)),
        criterion_(criterion_of<T>(weights.shape, class_weights)),
        weights_(weights),
        mean_(zeros(weights.shape)),
        square_(zeros(weights.shape)) {}

  double train_epoch_in_order(std::span<const int32_t> rows) {
    const std::vector<int64_t> bounds =
        batch_bounds(static_cast<int64_t>(rows.size()), options_.batch);
    double sum = 0;
    for (size_t b = 0; b + 1 < bounds.size(); ++b) {
      sum += train_batch(rows.subspan(bounds[b], bounds[b + 1] - bounds[b]));
    }
    return sum / static_cast<double>(bounds.size() - 1);
  }

  /// Evaluation mode: [rows.size(), outputs].
  BasicMatrix<T> logits(std::span<const int32_t> rows) const {
    BasicMatrix<T> joined(static_cast<int64_t>(rows.size()), weights_.shape.hidden());
    const Matrix features = data_.live == nullptr ? rows_at(data_.features, rows)
                                                  : data_.live->scored(table_rows(rows), lambda());
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      BasicMatrix<T> z, h, y;
      Linear<T>::forward(weights_.branches[b].linear, columns(features, branches_[b]), z);
      Relu<T>::forward(z, h);
      BatchNorm1d<T>::evaluate(weights_.branches[b].norm, weights_.branches[b].running, h, y);
      paste(y, column, joined);
      column += branches_[b].hidden;
    }
    BasicMatrix<T> out;
    Linear<T>::forward(weights_.output, joined, out);
    return out;
  }

  const BasicFusionWeights<T>& weights() const { return weights_; }

 private:
  struct Activations {
    BasicMatrix<T> x, relu, dropped, norm;
    typename BatchNorm1d<T>::Saved saved;
  };

  double train_batch(std::span<const int32_t> rows) {
    const DropoutMask mask{options_.dropout, options_.seed, static_cast<uint64_t>(step_)};
    Matrix features, slope;
    read(rows, features, slope);
    BasicFusionWeights<T> gradient = zeros(weights_.shape);
    std::vector<Activations> kept(branches_.size());
    BasicMatrix<T> joined(static_cast<int64_t>(rows.size()), weights_.shape.hidden());
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      Activations& a = kept[b];
      BranchWeights<T>& branch = weights_.branches[b];
      BasicMatrix<T> z;
      a.x = columns(features, branches_[b]);
      Linear<T>::forward(branch.linear, a.x, z);
      Relu<T>::forward(z, a.relu);
      Dropout<T>::apply(mask, column, a.relu, a.dropped);
      BatchNorm1d<T>::forward(branch.norm, branch.running, a.dropped, a.norm, a.saved);
      paste(a.norm, column, joined);
      column += branches_[b].hidden;
    }
    BasicMatrix<T> logits, dlogits, djoined;
    Linear<T>::forward(weights_.output, joined, logits);
    const int64_t labels = weights_.shape.labels;
    std::vector<int32_t> label;
    for (const int32_t row : rows) {
      for (int64_t l = 0; l < labels; ++l) label.push_back(data_.label[row * labels + l]);
    }
    double loss = criterion_.batch(logits, label, dlogits);

    Linear<T>::backward(weights_.output, joined, dlogits, gradient.output, djoined);
    if (options_.regularisation > 0) loss += pull(joined, djoined);
    T dlambda = 0;
    column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      const Activations& a = kept[b];
      const BranchWeights<T>& branch = weights_.branches[b];
      BasicMatrix<T> ddropped, drelu, dz, dx;
      const MatrixView<const T> dnorm{djoined.data() + column, djoined.rows(), branches_[b].hidden,
                                      djoined.cols()};
      BatchNorm1d<T>::backward(branch.norm, a.saved, dnorm, gradient.branches[b].norm, ddropped);
      Dropout<T>::apply(mask, column, ddropped, drelu);
      Relu<T>::backward(a.relu, drelu, dz);
      Linear<T>::backward(branch.linear, a.x, dz, gradient.branches[b].linear, dx);
      if (weights_.lambda) dlambda += dot(dx, columns(slope, branches_[b]));
      column += branches_[b].hidden;
    }

    const AdamWStep<T> step(adamw_of(options_), ++step_);
    const auto w = tensors_of(weights_), m = tensors_of(mean_), v = tensors_of(square_);
    const auto g = tensors_of(std::as_const(gradient));
    for (size_t t = 0; t < w.size(); ++t) {
      if (w[t].trained) step.update(w[t].values, g[t].values, m[t].values, v[t].values);
    }
    if (weights_.lambda) step.update(*weights_.lambda, dlambda, lambda_mean_, lambda_square_);
    return loss;
  }

  /// The batch's rows as the alignment makes them now, and their derivatives by a learned lambda.
  void read(std::span<const int32_t> rows, Matrix& features, Matrix& slope) const {
    features = rows_at(data_.features, rows);
    if (data_.live == nullptr) return;
    const std::vector<const float*> table = table_rows(rows);
    features = Matrix(features.rows(), data_.live->outputs());
    if (weights_.lambda) slope = Matrix(features.rows(), features.cols());
    data_.live->train(table, {options_.seed, static_cast<uint64_t>(step_), 0}, lambda(),
                      features.view(), weights_.lambda ? slope.view() : MatrixView<float>{});
  }

  /// The loss that draws the two branches together; adds its gradient.
  double pull(const BasicMatrix<T>& joined, BasicMatrix<T>& djoined) const {
    const int64_t half = joined.cols() / 2;
    const double weight = options_.regularisation / static_cast<double>(joined.rows());
    double squares = 0;
    for (int64_t r = 0; r < joined.rows(); ++r) {
      for (int64_t c = 0; c < half; ++c) {
        const T difference = joined(r, half + c) - joined(r, c);
        squares += static_cast<double>(difference) * static_cast<double>(difference);
        djoined(r, half + c) += static_cast<T>(weight) * difference;
        djoined(r, c) -= static_cast<T>(weight) * difference;
      }
    }
    return weight / 2 * squares;
  }

  static T dot(const BasicMatrix<T>& a, const BasicMatrix<T>& b) {
    return std::inner_product(a.data(), a.data() + a.size(), b.data(), T(0));
  }

  double lambda() const { return weights_.lambda ? static_cast<double>(*weights_.lambda) : 0; }

  std::vector<const float*> table_rows(std::span<const int32_t> rows) const {
    std::vector<const float*> table;
    for (const int32_t row : rows) table.push_back(data_.features.row(row));
    return table;
  }

  static BasicMatrix<T> columns(const Matrix& features, const BranchShape& branch) {
    BasicMatrix<T> x(features.rows(), branch.inputs);
    for (int64_t r = 0; r < x.rows(); ++r) {
      for (int64_t i = 0; i < x.cols(); ++i)
        x(r, i) = static_cast<T>(features(r, branch.offset + i));
    }
    return x;
  }

  static void paste(const BasicMatrix<T>& from, int64_t column, BasicMatrix<T>& to) {
    for (int64_t r = 0; r < from.rows(); ++r) {
      for (int64_t c = 0; c < from.cols(); ++c) to(r, column + c) = from(r, c);
    }
  }

  static BasicFusionWeights<T> zeros(const FusionShape& shape) {
    BasicFusionWeights<T> weights = blank_fusion_weights<T>(shape);
    for (const NamedTensor<T>& tensor : tensors_of(weights)) {
      for (T& value : tensor.values) value = T(0);
    }
    return weights;
  }

  FusionOptions options_;
  FusionData data_;
  std::vector<BranchShape> branches_;
  Criterion<T> criterion_;
  BasicFusionWeights<T> weights_;
  BasicFusionWeights<T> mean_, square_;  // Adam's moments
  T lambda_mean_ = 0, lambda_square_ = 0;
  int64_t step_ = 0;
};

}  // namespace puente
