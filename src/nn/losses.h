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

/// A classifier's loss over a batch: logits [B, O]. Logistic: each output answers a yes/no label of
/// its own, label [B, O] of 0, 1, or -1 where the answer is not known, which then counts for
/// nothing. Cross entropy: label [B], each in [0, O).
template <class T>
struct Criterion {
  AlignedVector<T> pos_weight;    // [O]: logistic; empty: cross entropy
  AlignedVector<T> class_weight;  // [O]: cross entropy; empty: none

  /// Numbers in `label` per row.
  int64_t labels() const {
    return pos_weight.empty() ? 1 : static_cast<int64_t>(pos_weight.size());
  }

  /// The factor on every row: logistic 1 / (how many labels of the batch are known), the mean of
  /// torch.nn.BCEWithLogitsLoss(pos_weight) over these; cross entropy 1 / (sum over the batch of
  /// the weight of the row's class), as torch.nn.CrossEntropyLoss(weight) does.
  T batch_scale(std::span<const int32_t> label) const {
    T sum = 0;
    if (!pos_weight.empty() || class_weight.empty()) {
      for (const int32_t one : label) sum += one >= 0 ? T(1) : T(0);
    } else {
      for (const int32_t one : label) sum += class_weight[one];
    }
    return T(1) / sum;
  }

  /// One row's part of the batch loss, and of its gradient with respect to the logits; label
  /// [labels()].
  T row(std::span<const T> logits, std::span<const int32_t> label, T scale,
        std::span<T> gradient) const {
    if (pos_weight.empty()) {
      const T loss = cross_entropy_row(logits, label[0], gradient);
      const T factor = class_weight.empty() ? scale : scale * class_weight[label[0]];
      for (T& g : gradient) g *= factor;
      return loss * factor;
    }
    T loss = 0;
    for (size_t o = 0; o < logits.size(); ++o) {
      gradient[o] = 0;
      if (label[o] < 0) continue;
      loss += logistic_row(logits[o], label[o], pos_weight[o], gradient[o]) * scale;
      gradient[o] *= scale;
    }
    return loss;
  }

  /// The batch: -> dlogits [B, O]; returns the loss.
  double batch(MatrixView<const T> logits, std::span<const int32_t> label,
               BasicMatrix<T>& dlogits) const {
    PUENTE_ASSERT(static_cast<int64_t>(label.size()) == logits.rows * labels());
    dlogits = BasicMatrix<T>(logits.rows, logits.cols);
    const T scale = batch_scale(label);
    double loss = 0;
    for (int64_t r = 0; r < logits.rows; ++r) {
      loss += row(logits.row_span(r), label.subspan(r * labels(), labels()), scale,
                  dlogits.row_span(r));
    }
    return loss;
  }
};

}  // namespace puente
