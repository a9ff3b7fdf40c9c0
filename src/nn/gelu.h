// GELU (Hendrycks and Gimpel 2016), as torch.nn.GELU: by erf, and by tanh.
#pragma once

#include <cmath>
#include <numbers>

#include "puente/matrix.h"

namespace puente {

enum class GeluKind { erf, tanh };

template <class T>
struct Gelu {
  /// x [B, C] -> y [B, C]
  static void forward(GeluKind kind, MatrixView<const T> x, BasicMatrix<T>& y) {
    y = BasicMatrix<T>(x.rows, x.cols);
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t c = 0; c < x.cols; ++c) y(r, c) = x.row(r)[c] * gate(kind, x.row(r)[c]);
    }
  }

  /// x is forward's input; dy [B, C] -> dx [B, C]
  static void backward(GeluKind kind, MatrixView<const T> x, MatrixView<const T> dy,
                       BasicMatrix<T>& dx) {
    dx = BasicMatrix<T>(dy.rows, dy.cols);
    for (int64_t r = 0; r < dy.rows; ++r) {
      for (int64_t c = 0; c < dy.cols; ++c) dx(r, c) = dy.row(r)[c] * slope(kind, x.row(r)[c]);
    }
  }

 private:
  static constexpr T kRoot = static_cast<T>(0.79788456080286535588);  // sqrt(2 / pi)
  static constexpr T kCubic = static_cast<T>(0.044715);

  /// What x is multiplied with: erf (1 + erf(x / sqrt 2)) / 2, tanh
  /// (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
  static T gate(GeluKind kind, T x) {
    if (kind == GeluKind::erf) return T(0.5) * (T(1) + std::erf(x / std::numbers::sqrt2_v<T>));
    return T(0.5) * (T(1) + std::tanh(kRoot * (x + kCubic * x * x * x)));
  }

  static T slope(GeluKind kind, T x) {
    if (kind == GeluKind::erf)
      return gate(kind, x) + x * T(0.5) * kRoot * std::exp(T(-0.5) * x * x);
    const T t = std::tanh(kRoot * (x + kCubic * x * x * x));
    return T(0.5) * (T(1) + t) +
           x * T(0.5) * (T(1) - t * t) * kRoot * (T(1) + T(3) * kCubic * x * x);
  }
};

}  // namespace puente
