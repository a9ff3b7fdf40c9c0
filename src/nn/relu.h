// ReLU: y = max(0, x). NaN stays NaN, so that bad numbers are not hidden.
#pragma once

#include "puente/matrix.h"

namespace puente {

template <class T>
struct Relu {
  /// x [B, C] -> y [B, C]
  static void forward(MatrixView<const T> x, BasicMatrix<T>& y) {
    y = BasicMatrix<T>(x.rows, x.cols);
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t c = 0; c < x.cols; ++c) y(r, c) = x.row(r)[c] < T(0) ? T(0) : x.row(r)[c];
    }
  }

  /// y is forward's output; dy [B, C] -> dx [B, C]
  static void backward(MatrixView<const T> y, MatrixView<const T> dy, BasicMatrix<T>& dx) {
    dx = BasicMatrix<T>(dy.rows, dy.cols);
    for (int64_t r = 0; r < dy.rows; ++r) {
      for (int64_t c = 0; c < dy.cols; ++c) dx(r, c) = y.row(r)[c] > T(0) ? dy.row(r)[c] : T(0);
    }
  }
};

}  // namespace puente
