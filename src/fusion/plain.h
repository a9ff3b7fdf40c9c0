// PlainFusion: the training of fusion/trainer.h as one obvious call per layer. The reference that
// the fast trainer is tested against; not for use, it is slow.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "data/rows_at.h"
#include "fusion/batches.h"
#include "fusion/plain_gradient.h"
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
        mean_(zero_fusion_weights<T>(weights.shape)),
        square_(zero_fusion_weights<T>(weights.shape)) {}

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
    const Matrix aligned = data_.live == nullptr ? rows_at(data_.features, rows)
                                                 : data_.live->scored(table_rows(rows), lambda());
    const BasicMatrix<T> features = in_own_type(aligned);
    int64_t column = 0;
    for (size_t b = 0; b < branches_.size(); ++b) {
      BasicMatrix<T> z, h, y;
      Linear<T>::forward(weights_.branches[b].linear,
                         columns_of<T>(features, branches_[b].offset, branches_[b].inputs), z);
      Relu<T>::forward(z, h);
      BatchNorm1d<T>::evaluate(weights_.branches[b].norm, weights_.branches[b].running, h, y);
      paste_columns(y, column, joined);
      column += branches_[b].hidden;
    }
    BasicMatrix<T> out;
    Linear<T>::forward(weights_.output, joined, out);
    return out;
  }

  const BasicFusionWeights<T>& weights() const { return weights_; }

 private:
  double train_batch(std::span<const int32_t> rows) {
    Matrix features, slope;
    read(rows, features, slope);
    const int64_t labels = weights_.shape.labels;
    std::vector<int32_t> label;
    for (const int32_t row : rows) {
      for (int64_t l = 0; l < labels; ++l) label.push_back(data_.label[row * labels + l]);
    }
    const BasicMatrix<T> own = in_own_type(features);
    BasicFusionWeights<T> gradient;
    BasicMatrix<T> dfeatures;
    const double loss =
        plain_fusion_gradient<T>(weights_,
                                 {own,
                                  label,
                                  criterion_,
                                  {options_.dropout, options_.seed, static_cast<uint64_t>(step_)},
                                  options_.regularisation},
                                 gradient, dfeatures);

    const AdamWStep<T> step(adamw_of(options_), ++step_);
    const auto w = tensors_of(weights_), m = tensors_of(mean_), v = tensors_of(square_);
    const auto g = tensors_of(std::as_const(gradient));
    for (size_t t = 0; t < w.size(); ++t) {
      if (w[t].trained) step.update(w[t].values, g[t].values, m[t].values, v[t].values);
    }
    if (weights_.lambda) {
      const T dlambda = dot(dfeatures, in_own_type(slope));
      step.update(*weights_.lambda, dlambda, lambda_mean_, lambda_square_);
    }
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

  static T dot(const BasicMatrix<T>& a, const BasicMatrix<T>& b) {
    return std::inner_product(a.data(), a.data() + a.size(), b.data(), T(0));
  }

  double lambda() const { return weights_.lambda ? static_cast<double>(*weights_.lambda) : 0; }

  std::vector<const float*> table_rows(std::span<const int32_t> rows) const {
    std::vector<const float*> table;
    for (const int32_t row : rows) table.push_back(data_.features.row(row));
    return table;
  }

  static BasicMatrix<T> in_own_type(const Matrix& x) {
    BasicMatrix<T> own(x.rows(), x.cols());
    std::copy_n(x.data(), x.size(), own.data());
    return own;
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
