// The fast backward of nn/layer_norm.h, in float; the forward is tensor/layer_norm.h. It is in two
// parts: what a row alone needs, and the gradient of gamma and beta, which sums over rows.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "tensor/layer_norm.h"

namespace puente {

/// Of a row before the norm.
struct RowMoments {
  float mean = 0;
  float inverse_deviation = 0;
};

/// dx [M, C] += the gradient that dy [M, C] makes through the norm of x [M, C]; moments [M] are
/// filled.
void layer_norm_backward(MatrixView<const float> x, const LayerNorm& norm,
                         MatrixView<const float> dy, MatrixView<float> dx,
                         std::span<RowMoments> moments);

/// gamma += sum over the rows of dy xhat, beta += sum of dy, in the order of the rows, for the
/// columns first .. first + count. gamma and beta [C].
void add_layer_norm_gradient(MatrixView<const float> x, std::span<const RowMoments> moments,
                             MatrixView<const float> dy, int64_t first, int64_t count,
                             std::span<float> gamma, std::span<float> beta);

/// sums [C] += the rows of dy [M, C], in their order, for the columns first .. first + count.
void add_column_sums(MatrixView<const float> dy, int64_t first, int64_t count,
                     std::span<float> sums);

}  // namespace puente
