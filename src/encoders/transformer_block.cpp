#include "encoders/transformer_block.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace puente {

TransformerBlock::TransformerBlock(WeightReader& reader, const std::string& prefix,
                                   const BlockShape& shape)
    : shape_(shape) {
  const int64_t c = shape.hidden;
  const std::array square = {c, c};
  const std::string attention = prefix + "self_attn.";
  const float scale = 1.0f / std::sqrt(static_cast<float>(c / shape.heads));
  norm1_ = reader.layer_norm(prefix + "layer_norm1", c, shape.layer_norm_epsilon);
  norm2_ = reader.layer_norm(prefix + "layer_norm2", c, shape.layer_norm_epsilon);
  out_ = reader.linear(attention + "out_proj", c, c);
  query_ = reader.linear(attention + "q_proj", square, {.scale = scale});
  key_value_ = PackedLinear(c, 2 * c);
  reader.fill(key_value_, attention + "k_proj", square, {});
  reader.fill(key_value_, attention + "v_proj", square, {.first_output = c});
  fc1_ = reader.linear(prefix + "mlp.fc1", c, shape.mlp);
  fc2_ = reader.linear(prefix + "mlp.fc2", shape.mlp, c);
}

int64_t TransformerBlock::bytes() const {
  return query_.bytes() + key_value_.bytes() + out_.bytes() + fc1_.bytes() + fc2_.bytes() +
         4 * shape_.hidden * static_cast<int64_t>(sizeof(float));
}

void TransformerBlock::forward(MatrixView<const float> x, std::span<const Sequence> sequences,
                               BlockBuffers& buffers, MatrixView<float> y) const {
  const MatrixView<float> normalised = buffers.normalised.view(x.rows, x.cols);
  layer_norm(x, norm1_, normalised);
  finish(x, normalised, keys_and_values(normalised, buffers), sequences, buffers, y);
}

void TransformerBlock::forward(MatrixView<const float> x, std::span<const int64_t> picked,
                               std::span<const Sequence> sequences, BlockBuffers& buffers,
                               MatrixView<float> y) const {
  const MatrixView<float> normalised = buffers.normalised.view(x.rows, x.cols);
  layer_norm(x, norm1_, normalised);
  const auto rows = static_cast<int64_t>(picked.size());
  const MatrixView<float> few = buffers.picked_normalised.view(rows, x.cols);
  const MatrixView<float> few_x = buffers.picked_x.view(rows, x.cols);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = picked[static_cast<size_t>(i)];
    PUENTE_ASSERT(row >= 0 && row < x.rows);
    std::copy_n(normalised.row(row), x.cols, few.row(i));
    std::copy_n(x.row(row), x.cols, few_x.row(i));
  }
  finish(few_x, few, keys_and_values(normalised, buffers), sequences, buffers, y);
}

MatrixView<float> TransformerBlock::keys_and_values(MatrixView<const float> normalised,
                                                    BlockBuffers& buffers) const {
  const MatrixView<float> key_value = buffers.key_value.view(normalised.rows, 2 * shape_.hidden);
  key_value_.forward(normalised, Activation::none, key_value, buffers.attention.multiply);
  return key_value;
}

void TransformerBlock::finish(MatrixView<const float> x, MatrixView<const float> normalised,
                              MatrixView<const float> key_value,
                              std::span<const Sequence> sequences, BlockBuffers& buffers,
                              MatrixView<float> y) const {
  MultiplyScratch& scratch = buffers.attention.multiply;
  const int64_t c = shape_.hidden;
  const MatrixView<float> query = buffers.query.view(x.rows, c);
  query_.forward(normalised, Activation::none, query, scratch);

  AttentionInput input;
  input.query = query;
  input.key = {key_value.data, key_value.rows, c, key_value.stride};
  input.value = {key_value.data + c, key_value.rows, c, key_value.stride};
  input.sequences = sequences;
  input.heads = shape_.heads;
  input.causal = shape_.causal;
  const MatrixView<float> attended = buffers.attended.view(x.rows, c);
  attention(input, attended, buffers.attention);

  const MatrixView<float> middle = buffers.middle.view(x.rows, c);
  out_.forward_add(attended, x, middle, scratch);
  layer_norm(middle, norm2_, attended);  // the attended rows are used up
  const MatrixView<float> hidden = buffers.hidden.view(x.rows, shape_.mlp);
  fc1_.forward(attended, shape_.activation, hidden, scratch);
  fc2_.forward_add(hidden, middle, y, scratch);
}

}  // namespace puente
