// Steps that the layers of a trained backbone share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "base/threads.h"
#include "finetune/parameters.h"
#include "nn/layer_norm_rows.h"
#include "tensor/epilogue.h"
#include "tensor/float_rows.h"
#include "tensor/layer_norm.h"
#include "tensor/packed_matrix.h"

namespace puente {

/// A vector with zeros up to whole panels, as a product reads a bias; empty where there is none.
AlignedVector<float> padded_bias(const Parameters& parameters, const TensorPlace& place);
inline const float* data_or_null(const AlignedVector<float>& bias) {
  return bias.empty() ? nullptr : bias.data();
}

LayerNorm norm_at(const Parameters& parameters, const TensorPlace& weight, const TensorPlace& bias,
                  float epsilon);

/// y = x B (+ bias), or y += it, a few rows at a time.
void multiply_rows(MatrixView<const float> x, const PackedMatrix& b, const Epilogue& epilogue,
                   FloatRows& operand, MatrixView<float> y);

/// Calls body(first, count) for slices of the columns [0, width), each on a thread. Slices are
/// whole cache lines and do not depend on the threads.
template <class Body>
void in_column_slices(int64_t width, int threads, Body&& body) {
  constexpr int64_t kColumns = 64;
  parallel_for((width + kColumns - 1) / kColumns, threads, [&](int64_t i, int) {
    body(i * kColumns, std::min(kColumns, width - i * kColumns));
  });
}

/// The gradient of a norm of x whose output has the gradient dy.
void add_norm_gradient(Parameters& parameters, const TensorPlace& weight, const TensorPlace& bias,
                       MatrixView<const float> x, std::span<const RowMoments> moments,
                       MatrixView<const float> dy, int threads);

}  // namespace puente
