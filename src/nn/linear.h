// Linear: y = x W^T + b, as torch.nn.Linear. The plain form, one obvious loop per formula, and the
// reference that the panel kernels are tested against.
#pragma once

#include <cmath>

#include "puente/matrix.h"

#include "base/error.h"
#include "base/rng.h"

namespace puente {

/// The trainable numbers of a layer; the same struct holds their gradients and Adam's moments.
template <class T>
struct LinearWeights {
  BasicMatrix<T> weight;  // [out, in]
  AlignedVector<T> bias;  // [out]

  LinearWeights() = default;
  LinearWeights(int64_t in, int64_t out) : weight(out, in), bias(static_cast<size_t>(out)) {}
  int64_t in() const { return weight.cols(); }
  int64_t out() const { return weight.rows(); }
  bool operator==(const LinearWeights&) const = default;
};

/// PyTorch's default: weights and biases uniform in +-1/sqrt(in).
template <class T>
void initialise(LinearWeights<T>& weights, Rng& rng) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(weights.in()));
  for (int64_t o = 0; o < weights.out(); ++o) {
    for (T& w : weights.weight.row_span(o)) w = static_cast<T>(rng.uniform(-bound, bound));
  }
  for (T& b : weights.bias) b = static_cast<T>(rng.uniform(-bound, bound));
}

template <class T>
struct Linear {
  /// x [B, in] -> y [B, out]
  static void forward(const LinearWeights<T>& weights, MatrixView<const T> x, BasicMatrix<T>& y) {
    PUENTE_ASSERT(x.cols == weights.in());
    y = BasicMatrix<T>(x.rows, weights.out());
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t o = 0; o < weights.out(); ++o) {
        T sum = weights.bias[o];
        for (int64_t i = 0; i < weights.in(); ++i) sum += x.row(r)[i] * weights.weight(o, i);
        y(r, o) = sum;
      }
    }
  }

  /// x [B, in], dy [B, out] -> gradient (overwritten), dx [B, in]
  static void backward(const LinearWeights<T>& weights, MatrixView<const T> x,
                       MatrixView<const T> dy, LinearWeights<T>& gradient, BasicMatrix<T>& dx) {
    PUENTE_ASSERT(x.rows == dy.rows && x.cols == weights.in() && dy.cols == weights.out());
    gradient = LinearWeights<T>(weights.in(), weights.out());
    dx = BasicMatrix<T>(x.rows, x.cols);
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t o = 0; o < weights.out(); ++o) {
        const T d = dy.row(r)[o];
        gradient.bias[o] += d;
        for (int64_t i = 0; i < weights.in(); ++i) {
          gradient.weight(o, i) += d * x.row(r)[i];
          dx(r, i) += d * weights.weight(o, i);
        }
      }
    }
  }
};

}  // namespace puente
