#include "encoders/transformer_block.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "tensor/elementwise.h"
#include "tensor/part.h"

namespace puente {
namespace {

/// Calls body(sequences) for runs of sequences whose keys fill an operand, or one that overflows
/// it.
template <class Body>
void in_groups(std::span<const Sequence> sequences, Body&& body) {
  for (size_t first = 0; first < sequences.size();) {
    size_t end = first + 1;
    int64_t keys = sequences[first].keys;
    while (end < sequences.size() && keys + sequences[end].keys <= kMostRows) {
      keys += sequences[end++].keys;
    }
    body(sequences.subspan(first, end - first));
    first = end;
  }
}

int64_t keys_of(std::span<const Sequence> sequences) {
  return sequences.back().first_key + sequences.back().keys - sequences.front().first_key;
}

/// The sequences as they lie in a matrix that begins with the first one's keys.
std::span<const Sequence> moved_to_front(std::span<const Sequence> sequences, bool queries_too,
                                         std::vector<Sequence>& moved) {
  moved.assign(sequences.begin(), sequences.end());
  for (Sequence& s : moved) {
    s.first_key -= sequences.front().first_key;
    if (queries_too) s.first_query -= sequences.front().first_query;
  }
  return moved;
}

}  // namespace

TransformerBlock::TransformerBlock(WeightReader& reader, const BlockNames& names,
                                   const BlockShape& shape)
    : shape_(shape) {
  const int64_t c = shape.hidden;
  const std::array square = {c, c};
  const bool bias = shape.query_bias;
  const float scale = 1.0f / std::sqrt(static_cast<float>(c / shape.heads));
  norm1_ = reader.layer_norm(names.norm1, c, shape.layer_norm_epsilon);
  norm2_ = reader.layer_norm(names.norm2, c, shape.layer_norm_epsilon);
  query_ = reader.linear(names.query, square, {.bias = bias, .scale = scale});
  key_value_ = PackedLinear(c, 2 * c, reader.precision());
  reader.fill(key_value_, names.key, square, {.bias = bias});
  reader.fill(key_value_, names.value, square, {.first_output = c, .bias = bias});
  // LayerScale multiplies what a linear layer gives, so it is part of that layer's weights.
  const auto scales = [&](const std::string& name) {
    return name.empty() ? AlignedVector<float>() : reader.vector(name, c);
  };
  out_ = reader.linear(names.out, square, {.output_scales = scales(names.scale1)});
  const std::array up = {shape.gated ? 2 * shape.mlp : shape.mlp, c};
  if (shape.gated) {
    gate_ = reader.linear(names.fc1, up, {.input_rows = shape.mlp});
    fc1_ = reader.linear(names.fc1, up, {.first_input_row = shape.mlp, .input_rows = shape.mlp});
  } else {
    fc1_ = reader.linear(names.fc1, up, {});
  }
  fc2_ =
      reader.linear(names.fc2, std::array{c, shape.mlp}, {.output_scales = scales(names.scale2)});
}

int64_t TransformerBlock::bytes() const {
  return query_.bytes() + key_value_.bytes() + out_.bytes() + gate_.bytes() + fc1_.bytes() +
         fc2_.bytes() + 4 * shape_.hidden * static_cast<int64_t>(sizeof(float));
}

double TransformerBlock::flop(int64_t rows, int64_t queries, int64_t keys) const {
  const auto c = static_cast<double>(shape_.hidden), mlp = static_cast<double>(shape_.mlp);
  const double layers = 2 * c * c + (shape_.gated ? 3 : 2) * c * mlp;  // query, out, MLP
  return 2 * (static_cast<double>(rows) * 2 * c * c +
              static_cast<double>(queries) * (layers + 2 * static_cast<double>(keys) * c));
}

void TransformerBlock::set_normalised(MatrixView<const float> x, const LayerNorm& norm,
                                      IntegerForm form, Operand& operand) const {
  if (shape_.post_norm) {
    operand.set(x, query_.precision(), form);
  } else {
    operand.set(x, norm, query_.precision(), form);
  }
}

void TransformerBlock::attend(MatrixView<const float> query, MatrixView<const float> key_value,
                              std::span<const Sequence> sequences, AttentionScratch& scratch,
                              MatrixView<float> attended) const {
  const int64_t c = shape_.hidden;
  AttentionInput input;
  input.query = query;
  input.key = {key_value.data, key_value.rows, c, key_value.stride};
  input.value = {key_value.data + c, key_value.rows, c, key_value.stride};
  input.sequences = sequences;
  input.heads = shape_.heads;
  input.causal = shape_.causal;
  attention(input, attended, scratch);
}

/// Keys, values and queries of the group's rows into `all` [rows, 3 C], and the rows through the
/// layer.
void TransformerBlock::forward_group(MatrixView<float> x, std::span<const Sequence> group,
                                     MatrixView<float> all, BlockBuffers& buffers) const {
  const int64_t c = shape_.hidden;
  const RowForms forms = usual_forms();
  const MatrixView<float> query{all.data, all.rows, c, all.stride};
  const MatrixView<float> key_value{all.data + c, all.rows, 2 * c, all.stride};
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    set_normalised(rows_of(x, first, count), norm1_, forms.attention, buffers.operand);
    query_.forward(buffers.operand, Activation::none, rows_of(query, first, count));
    key_value_.forward(buffers.operand, Activation::none, rows_of(key_value, first, count));
  });
  const MatrixView<float> attended = buffers.attended.view(x.rows, c);
  attend(query, key_value, moved_to_front(group, true, buffers.sequences), buffers.attention,
         attended);
  finish(attended, forms, buffers, x);
}

void TransformerBlock::forward(MatrixView<float> x, std::span<const Sequence> sequences,
                               BlockBuffers& buffers) const {
  in_groups(sequences, [&](std::span<const Sequence> group) {
    const MatrixView<float> rows = rows_of(x, group.front().first_key, keys_of(group));
    forward_group(rows, group, buffers.query_key_value.view(rows.rows, 3 * shape_.hidden), buffers);
  });
}

void TransformerBlock::forward(MatrixView<float> x, std::span<const Sequence> sequences,
                               std::span<const int64_t> picked, BlockBuffers& buffers,
                               MatrixView<float> y) const {
  const int64_t c = shape_.hidden;
  // All keys and values stay until the picked rows have asked them.
  const MatrixView<float> all = buffers.query_key_value.view(x.rows, 3 * c);
  in_groups(sequences, [&](std::span<const Sequence> group) {
    const int64_t first = group.front().first_key, count = keys_of(group);
    forward_group(rows_of(x, first, count), group, rows_of(all, first, count), buffers);
  });
  const MatrixView<float> query = buffers.picked_query.view(y.rows, c);
  ask(y, buffers, query);
  buffers.sequences.assign(sequences.begin(), sequences.end());
  one_query_each(buffers.sequences);
  const MatrixView<float> attended = buffers.picked_attended.view(y.rows, c);
  attend(query, {all.data + c, all.rows, 2 * c, all.stride}, buffers.sequences, buffers.attention,
         attended);
  finish(attended, kFinerWay, buffers, y);
  for (int64_t i = 0; i < y.rows; ++i) {
    std::copy_n(y.row(i), c, x.row(picked[static_cast<size_t>(i)]));
  }
}

/// The queries of the rows y, on the finer way.
void TransformerBlock::ask(MatrixView<const float> y, BlockBuffers& buffers,
                           MatrixView<float> query) const {
  in_row_chunks(y.rows, [&](int64_t first, int64_t count) {
    set_normalised(rows_of(y, first, count), norm1_, IntegerForm::pairs, buffers.operand);
    query_.forward(buffers.operand, Activation::none, rows_of(query, first, count));
  });
}

void TransformerBlock::forward(MatrixView<const float> x, std::span<const int64_t> picked,
                               std::span<const Sequence> sequences, BlockBuffers& buffers,
                               MatrixView<float> y) const {
  const int64_t c = shape_.hidden;
  const auto count_picked = static_cast<int64_t>(picked.size());
  for (int64_t i = 0; i < count_picked; ++i) {
    const int64_t row = picked[static_cast<size_t>(i)];
    PUENTE_ASSERT(row >= 0 && row < x.rows);
    std::copy_n(x.row(row), c, y.row(i));
  }
  const MatrixView<float> query = buffers.picked_query.view(count_picked, c);
  ask(y, buffers, query);
  const MatrixView<float> attended = buffers.picked_attended.view(count_picked, c);
  in_groups(sequences, [&](std::span<const Sequence> group) {
    const auto rows = rows_of(x, group.front().first_key, keys_of(group));
    const MatrixView<float> key_value = buffers.query_key_value.view(rows.rows, 2 * c);
    in_row_chunks(rows.rows, [&](int64_t first, int64_t count) {
      set_normalised(rows_of(rows, first, count), norm1_, usual_forms().attention, buffers.operand);
      key_value_.forward(buffers.operand, Activation::none, rows_of(key_value, first, count));
    });
    attend(query, key_value, moved_to_front(group, false, buffers.sequences), buffers.attention,
           attended);
  });
  finish(attended, kFinerWay, buffers, y);
}

/// From buffers.operand to buffers.hidden.
void TransformerBlock::feed_forward(IntegerForm form, BlockBuffers& buffers) const {
  if (!shape_.gated) {
    fc1_.forward(buffers.operand, shape_.activation, buffers.hidden, buffers.floats);
    return;
  }
  const int64_t rows = buffers.operand.rows(), mlp = shape_.mlp;
  const MatrixView<float> both = buffers.gate.view(2 * rows, mlp);
  const MatrixView<float> gate = rows_of(both, 0, rows), up = rows_of(both, rows, rows);
  gate_.forward(buffers.operand, Activation::silu, gate);
  fc1_.forward(buffers.operand, Activation::none, up);
  const auto count = static_cast<size_t>(rows * mlp);
  multiply({gate.data, count}, {up.data, count}, {gate.data, count});
  buffers.hidden.set(gate, fc2_.precision(), form);
}

void TransformerBlock::finish(MatrixView<const float> attended, const RowForms& forms,
                              BlockBuffers& buffers, MatrixView<float> x) const {
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    const MatrixView<float> rows = rows_of(x, first, count);
    buffers.operand.set(rows_of(attended, first, count), out_.precision(), forms.attention);
    out_.forward_add(buffers.operand, rows);
    if (shape_.post_norm) layer_norm(rows, norm1_, rows);
    set_normalised(rows, norm2_, forms.mlp, buffers.operand);
    feed_forward(forms.mlp, buffers);
    fc2_.forward_add(buffers.hidden, rows);
    if (shape_.post_norm) layer_norm(rows, norm2_, rows);
  });
}

}  // namespace puente
