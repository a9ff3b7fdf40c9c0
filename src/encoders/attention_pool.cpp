#include "encoders/attention_pool.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace puente {

AttentionPool::AttentionPool(WeightReader& reader, const std::string& prefix,
                             const BlockShape& shape)
    : shape_(shape), query_(static_cast<size_t>(shape.hidden)) {
  const int64_t c = shape.hidden;
  const std::string attention = prefix + "attention.";
  // The probe and the query's weights never change, so neither does the query.
  const Matrix probe = reader.matrix(prefix + "probe", std::array<int64_t, 3>{1, 1, c});
  WeightReader::Part part{.input_rows = c,
                          .scale = 1.0f / std::sqrt(static_cast<float>(c / shape.heads)),
                          .weight_suffix = "in_proj_weight",
                          .bias_suffix = "in_proj_bias"};
  const std::array stacked = {3 * c, c};
  PackedLinear query(c, c);
  reader.fill(query, attention, stacked, part);
  Operand operand;
  query.forward(probe, Activation::none, {query_.data(), 1, c, c}, operand);
  part.scale = 1;
  part.first_input_row = c;
  part.input_rows = 2 * c;
  key_value_ = reader.linear(attention, stacked, part);
  out_ = reader.head(attention + "out_proj", c, c);
  norm_ = reader.layer_norm(prefix + "layernorm", c, shape.layer_norm_epsilon);
  fc1_ = reader.head(prefix + "mlp.fc1", c, shape.mlp);
  fc2_ = reader.head(prefix + "mlp.fc2", shape.mlp, c);
}

int64_t AttentionPool::bytes() const {
  return key_value_.bytes() + out_.bytes() + fc1_.bytes() + fc2_.bytes() +
         3 * shape_.hidden * static_cast<int64_t>(sizeof(float));
}

double AttentionPool::flop(int64_t tokens) const {
  const auto c = static_cast<double>(shape_.hidden), mlp = static_cast<double>(shape_.mlp);
  return 2 * (static_cast<double>(tokens) * (2 * c * c + 2 * c) + c * c + 2 * c * mlp);
}

void AttentionPool::forward(MatrixView<const float> tokens, int64_t batch, EncoderWorker& worker,
                            MatrixView<float> pooled) const {
  const int64_t c = shape_.hidden, length = tokens.rows / batch;
  BlockBuffers& buffers = worker.block;
  const MatrixView<float> key_value = buffers.query_key_value.view(tokens.rows, 2 * c);
  key_value_.forward(tokens, Activation::none, key_value, buffers.operand);
  const MatrixView<float> query = buffers.picked_query.view(batch, c);
  buffers.sequences.clear();
  for (int64_t b = 0; b < batch; ++b) {
    std::copy(query_.begin(), query_.end(), query.row(b));
    buffers.sequences.push_back({b, 1, b * length, length});
  }
  const MatrixView<float> attended = buffers.attended.view(batch, c);
  AttentionInput input;
  input.query = query;
  input.key = {key_value.data, key_value.rows, c, key_value.stride};
  input.value = {key_value.data + c, key_value.rows, c, key_value.stride};
  input.sequences = buffers.sequences;
  input.heads = shape_.heads;
  attention(input, attended, buffers.attention);

  out_.forward(attended, Activation::none, pooled, buffers.operand);
  in_row_chunks(batch, [&](int64_t first, int64_t count) {
    const MatrixView<float> rows{pooled.row(first), count, c, pooled.stride};
    buffers.operand.set(rows, norm_, Precision::fp32);
    fc1_.forward(buffers.operand, shape_.activation, buffers.hidden, buffers.floats);
    fc2_.forward_add(buffers.hidden, rows);
  });
}

}  // namespace puente
