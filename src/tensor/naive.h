// The arithmetic of this room as anyone would write it down, in double: what the tests hold the
// fast kernels to. Not for use elsewhere.
#pragma once

#include "puente/matrix.h"

#include "tensor/activation.h"
#include "tensor/attention.h"
#include "tensor/layer_norm.h"

namespace puente::naive {

double activate(Activation activation, double x);
/// y = activation(x w^T + bias) + residual; w [N, K], bias [N] or nullptr, residual [M, N] or
/// empty.
Matrix linear(const Matrix& x, const Matrix& w, const float* bias, Activation activation,
              const Matrix& residual);
Matrix layer_norm(const Matrix& x, const LayerNorm& norm);
/// Softmax over the first `valid` numbers of a row, zero after them.
void softmax(std::span<float> row, int64_t valid);
Matrix attention(const AttentionInput& input);

}  // namespace puente::naive
