// The fast form of nn/self_attention.h without its Linears, in float: softmax(Q K^T) V per head of
// one sequence, forward and backward. Nothing is kept from the one to the other: backward makes the
// softmax again, a head at a time, so that a training's memory does not grow with the square of the
// tokens.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "nn/dropout.h"
#include "tensor/packed_matrix.h"

namespace puente {

/// One sequence's tokens.
struct AttentionRows {
  MatrixView<const float> query;  // [T, H * D], times 1 / sqrt(D)
  MatrixView<const float> key;    // [T, H * D]
  MatrixView<const float> value;  // [T, H * D]
  int64_t heads = 1;
  /// Of the probabilities; places as SelfAttention has them.
  DropoutMask mask{};
  int64_t sequence = 0;  // its number in the batch, for dropout
};

/// d query (of the scaled query), d key, d value, each [T, H * D], overwritten.
struct AttentionRowsGradient {
  MatrixView<float> query, key, value;
};

/// A worker's, with its buffers.
class AttentionRowsPass {
 public:
  /// out [T, H * D], heads side by side.
  void forward(const AttentionRows& rows, MatrixView<float> out);
  void backward(const AttentionRows& rows, MatrixView<const float> dout,
                const AttentionRowsGradient& gradient);

 private:
  /// The softmax of a head in scores_ [T, T], before dropout.
  MatrixView<float> probabilities(MatrixView<const float> query, MatrixView<const float> key);

  PackedMatrix packed_;
  AlignedVector<float> scores_, slopes_, turned_;
};

}  // namespace puente
