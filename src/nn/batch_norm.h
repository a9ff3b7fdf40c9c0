// BatchNorm1d over the rows of a batch, as torch.nn.BatchNorm1d: momentum 0.1, eps 1e-5; a batch is
// normalised with its biased variance, the running variance takes the unbiased one.
#pragma once

#include <cmath>

#include "puente/matrix.h"

#include "base/error.h"
#include "nn/norm_weights.h"

namespace puente {

inline constexpr double kBatchNormMomentum = 0.1;
inline constexpr double kBatchNormEpsilon = 1e-5;

template <class T>
using BatchNormWeights = NormWeights<T>;

/// What evaluation normalises with. Not trained, but part of the model.
template <class T>
struct BatchNormRunning {
  AlignedVector<T> mean;      // [C]
  AlignedVector<T> variance;  // [C]

  BatchNormRunning() = default;
  explicit BatchNormRunning(int64_t channels)
      : mean(static_cast<size_t>(channels)), variance(static_cast<size_t>(channels), T(1)) {}
  bool operator==(const BatchNormRunning&) const = default;
};

template <class T>
struct BatchNorm1d {
  /// What backward needs of a training batch.
  struct Saved {
    BasicMatrix<T> normalised;           // [B, C]
    AlignedVector<T> inverse_deviation;  // [C]
  };

  /// x [B, C] -> y [B, C], B >= 2; moves the running statistics.
  static void forward(const BatchNormWeights<T>& weights, BatchNormRunning<T>& running,
                      MatrixView<const T> x, BasicMatrix<T>& y, Saved& saved) {
    PUENTE_ASSERT(x.rows >= 2 && x.cols == static_cast<int64_t>(weights.weight.size()));
    const T n = static_cast<T>(x.rows);
    const T momentum = static_cast<T>(kBatchNormMomentum);
    y = BasicMatrix<T>(x.rows, x.cols);
    saved.normalised = BasicMatrix<T>(x.rows, x.cols);
    saved.inverse_deviation.assign(static_cast<size_t>(x.cols), T(0));
    for (int64_t c = 0; c < x.cols; ++c) {
      T mean = 0;
      for (int64_t r = 0; r < x.rows; ++r) mean += x.row(r)[c];
      mean /= n;
      T squares = 0;
      for (int64_t r = 0; r < x.rows; ++r) squares += (x.row(r)[c] - mean) * (x.row(r)[c] - mean);
      const T inverse = T(1) / std::sqrt(squares / n + static_cast<T>(kBatchNormEpsilon));
      saved.inverse_deviation[c] = inverse;
      for (int64_t r = 0; r < x.rows; ++r) {
        saved.normalised(r, c) = (x.row(r)[c] - mean) * inverse;
        y(r, c) = saved.normalised(r, c) * weights.weight[c] + weights.bias[c];
      }
      running.mean[c] += momentum * (mean - running.mean[c]);
      running.variance[c] += momentum * (squares / (n - 1) - running.variance[c]);
    }
  }

  /// Evaluation: x [B, C] -> y [B, C] with the running statistics.
  static void evaluate(const BatchNormWeights<T>& weights, const BatchNormRunning<T>& running,
                       MatrixView<const T> x, BasicMatrix<T>& y) {
    y = BasicMatrix<T>(x.rows, x.cols);
    for (int64_t c = 0; c < x.cols; ++c) {
      const T inverse = T(1) / std::sqrt(running.variance[c] + static_cast<T>(kBatchNormEpsilon));
      for (int64_t r = 0; r < x.rows; ++r) {
        y(r, c) = (x.row(r)[c] - running.mean[c]) * inverse * weights.weight[c] + weights.bias[c];
      }
    }
  }

  /// dy [B, C] -> gradient (overwritten), dx [B, C]
  static void backward(const BatchNormWeights<T>& weights, const Saved& saved,
                       MatrixView<const T> dy, BatchNormWeights<T>& gradient, BasicMatrix<T>& dx) {
    const T n = static_cast<T>(dy.rows);
    gradient = BatchNormWeights<T>(dy.cols);
    dx = BasicMatrix<T>(dy.rows, dy.cols);
    for (int64_t c = 0; c < dy.cols; ++c) {
      T sum = 0;
      T projection = 0;
      for (int64_t r = 0; r < dy.rows; ++r) {
        sum += dy.row(r)[c];
        projection += dy.row(r)[c] * saved.normalised(r, c);
      }
      gradient.bias[c] = sum;
      gradient.weight[c] = projection;
      const T scale = weights.weight[c] * saved.inverse_deviation[c];
      for (int64_t r = 0; r < dy.rows; ++r) {
        dx(r, c) = scale * (dy.row(r)[c] - sum / n - saved.normalised(r, c) * (projection / n));
      }
    }
  }
};

}  // namespace puente
