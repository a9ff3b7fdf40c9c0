// Layer norm over the numbers of a row, as torch.nn.LayerNorm: biased variance. For training, with
// what backward needs; the frozen form is tensor/layer_norm.h.
#pragma once

#include <cmath>

#include "puente/matrix.h"

#include "base/error.h"
#include "nn/norm_weights.h"

namespace puente {

template <class T>
using LayerNormWeights = NormWeights<T>;

template <class T>
struct LayerNorm1d {
  struct Saved {
    BasicMatrix<T> normalised;           // [B, C]
    AlignedVector<T> inverse_deviation;  // [B]
  };

  /// x [B, C] -> y [B, C]
  static void forward(const LayerNormWeights<T>& weights, double epsilon, MatrixView<const T> x,
                      BasicMatrix<T>& y, Saved& saved) {
    PUENTE_ASSERT(x.cols == static_cast<int64_t>(weights.weight.size()));
    const T n = static_cast<T>(x.cols);
    y = BasicMatrix<T>(x.rows, x.cols);
    saved.normalised = BasicMatrix<T>(x.rows, x.cols);
    saved.inverse_deviation.assign(static_cast<size_t>(x.rows), T(0));
    for (int64_t r = 0; r < x.rows; ++r) {
      T mean = 0;
      for (const T value : x.row_span(r)) mean += value;
      mean /= n;
      T squares = 0;
      for (const T value : x.row_span(r)) squares += (value - mean) * (value - mean);
      const T inverse = T(1) / std::sqrt(squares / n + static_cast<T>(epsilon));
      saved.inverse_deviation[r] = inverse;
      for (int64_t c = 0; c < x.cols; ++c) {
        saved.normalised(r, c) = (x.row(r)[c] - mean) * inverse;
        y(r, c) = saved.normalised(r, c) * weights.weight[c] + weights.bias[c];
      }
    }
  }

  /// dy [B, C] -> gradient (overwritten), dx [B, C]. With a = dy * weight and xhat the normalised
  /// row, dx = (a - mean(a) - xhat mean(a xhat)) / deviation.
  static void backward(const LayerNormWeights<T>& weights, const Saved& saved,
                       MatrixView<const T> dy, LayerNormWeights<T>& gradient, BasicMatrix<T>& dx) {
    const T n = static_cast<T>(dy.cols);
    gradient = LayerNormWeights<T>(dy.cols);
    dx = BasicMatrix<T>(dy.rows, dy.cols);
    for (int64_t r = 0; r < dy.rows; ++r) {
      const T* const d = dy.row(r);
      T sum = 0, projection = 0;
      for (int64_t c = 0; c < dy.cols; ++c) {
        const T a = d[c] * weights.weight[c];
        sum += a;
        projection += a * saved.normalised(r, c);
        gradient.weight[c] += d[c] * saved.normalised(r, c);
        gradient.bias[c] += d[c];
      }
      for (int64_t c = 0; c < dy.cols; ++c) {
        dx(r, c) = saved.inverse_deviation[r] *
                   (d[c] * weights.weight[c] - sum / n - saved.normalised(r, c) * (projection / n));
      }
    }
  }
};

}  // namespace puente
