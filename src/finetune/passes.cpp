#include "finetune/passes.h"

#include "tensor/linear.h"
#include "tensor/multiply.h"
#include "tensor/part.h"

namespace puente {

AlignedVector<float> padded_bias(const Parameters& parameters, const TensorPlace& place) {
  if (!place.exists()) return {};
  AlignedVector<float> bias(
      static_cast<size_t>((place.cols + kPanelWidth - 1) / kPanelWidth * kPanelWidth));
  std::ranges::copy(parameters.vector(place), bias.begin());
  return bias;
}

LayerNorm norm_at(const Parameters& parameters, const TensorPlace& weight, const TensorPlace& bias,
                  float epsilon) {
  const std::span<const float> gamma = parameters.vector(weight), beta = parameters.vector(bias);
  return {{gamma.begin(), gamma.end()}, {beta.begin(), beta.end()}, epsilon};
}

void multiply_rows(MatrixView<const float> x, const PackedMatrix& b, const Epilogue& epilogue,
                   FloatRows& operand, MatrixView<float> y) {
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    operand.set(rows_of(x, first, count));
    multiply(operand, b, epilogue, rows_of(y, first, count));
  });
}

void add_norm_gradient(Parameters& parameters, const TensorPlace& weight, const TensorPlace& bias,
                       MatrixView<const float> x, std::span<const RowMoments> moments,
                       MatrixView<const float> dy, int threads) {
  const std::span<float> gamma = parameters.gradient_vector(weight);
  const std::span<float> beta = parameters.gradient_vector(bias);
  in_column_slices(x.cols, threads, [&](int64_t first, int64_t count) {
    add_layer_norm_gradient(x, moments, dy, first, count, gamma, beta);
  });
}

}  // namespace puente
