// The three products of a Linear in training, in float through the tensor layer: nn/linear.h is
// their plain form. With weight W [O, I]:
//   y = x W^T + b      multiply() by what pack_for_forward() makes of W
//   dx = dy W          multiply() by what pack_for_backward() makes of W
//   dW += dy^T x       WeightGradient
// Every number is one chain of multiply-adds in a fixed order (tensor/multiply.h), also a gradient
// that goes on over several batches: cutting rows into batches changes nothing, nor do threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "tensor/float_rows.h"
#include "tensor/packed_matrix.h"

namespace puente {

/// packed [I, O]
void pack_for_forward(MatrixView<const float> weight, int threads, PackedMatrix& packed);
/// packed [O, I]
void pack_for_backward(MatrixView<const float> weight, int threads, PackedMatrix& packed);

class WeightGradient {
 public:
  /// x [M, I], kept packed for one or several add().
  void set_input(MatrixView<const float> x, int threads);
  /// weight [O, I] += dy^T x and bias [O] += the sum of dy's rows, dy [M, O]. bias may be empty.
  void add(MatrixView<const float> dy, int threads, MatrixView<float> weight,
           std::span<float> bias);

 private:
  PackedMatrix x_;               // [M, I]
  std::vector<FloatRows> rows_;  // a worker's
};

}  // namespace puente
