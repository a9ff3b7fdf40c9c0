// The two losses, a row at a time; how a batch weighs and averages them is said at batch_scale().
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "base/error.h"

namespace puente {

/// -log softmax(logits)[label]; gradient [K] = softmax(logits) - onehot(label).
template <class T>
T cross_entropy_row(std::span<const T> logits, int32_t label, std::span<T> gradient) {
  const T largest = *std::max_element(logits.begin(), logits.end());
  T sum = 0;
  for (size_t k = 0; k < logits.size(); ++k) {
    gradient[k] = std::exp(logits[k] - largest);
    sum += gradient[k];
  }
  for (T& g : gradient) g /= sum;
  gradient[label] -= T(1);
  return std::log(sum) + largest - logits[label];
}

template <class T>
T sigmoid(T logit) {
  const T e = std::exp(-std::abs(logit));
  return logit < T(0) ? e / (T(1) + e) : T(1) / (T(1) + e);
}

/// -(pos_weight y log s + (1 - y) log(1 - s)), s = sigmoid(logit), y = label in {0, 1}; gradient
/// with respect to the logit.
template <class T>
T logistic_row(T logit, int32_t label, T pos_weight, T& gradient) {
  const T weight = label == 1 ? pos_weight : T(1);
  const T toward = label == 1 ? -logit : logit;  // the loss is softplus(toward)
  gradient = weight * sigmoid(toward) * (label == 1 ? T(-1) : T(1));
  return weight * (std::log1p(std::exp(-std::abs(toward))) + std::max(toward, T(0)));
}

/// A classifier's loss over a batch: logits [B, K]; K = 1 is logistic, more is cross entropy.
template <class T>
struct Criterion {
  AlignedVector<T> class_weight;  // [classes]: cross entropy; empty: none
  T pos_weight = T(1);            // logistic

  /// The factor on every row: logistic 1/B; cross entropy 1 / (sum over the batch of the weight of
  /// the row's class), as torch.nn.CrossEntropyLoss(weight) does.
  template <class LabelOfRow>
  T batch_scale(int64_t rows, int64_t outputs, LabelOfRow&& label) const {
    if (outputs == 1 || class_weight.empty()) return T(1) / static_cast<T>(rows);
    T sum = 0;
    for (int64_t r = 0; r < rows; ++r) sum += class_weight[label(r)];
    return T(1) / sum;
  }

  /// One row's part of the batch loss, and of its gradient with respect to the logits.
  T row(std::span<const T> logits, int32_t label, T scale, std::span<T> gradient) const {
    if (logits.size() == 1) {
      const T loss = logistic_row(logits[0], label, pos_weight, gradient[0]);
      gradient[0] *= scale;
      return loss * scale;
    }
    const T loss = cross_entropy_row(logits, label, gradient);
    const T factor = class_weight.empty() ? scale : scale * class_weight[label];
    for (T& g : gradient) g *= factor;
    return loss * factor;
  }

  /// The batch: logits [B, K], label [B] -> dlogits [B, K]; returns the loss.
  double batch(MatrixView<const T> logits, std::span<const int32_t> label,
               BasicMatrix<T>& dlogits) const {
    PUENTE_ASSERT(static_cast<int64_t>(label.size()) == logits.rows);
    dlogits = BasicMatrix<T>(logits.rows, logits.cols);
    const T scale = batch_scale(logits.rows, logits.cols, [&](int64_t r) { return label[r]; });
    double loss = 0;
    for (int64_t r = 0; r < logits.rows; ++r) {
      loss += row(logits.row_span(r), label[r], scale, dlogits.row_span(r));
    }
    return loss;
  }
};

}  // namespace puente
