#include "finetune/block.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/threads.h"
#include "finetune/passes.h"
#include "nn/gelu_rows.h"
#include "tensor/elementwise.h"
#include "tensor/linear.h"
#include "tensor/multiply.h"
#include "tensor/part.h"

namespace puente {
namespace {

/// Sequences go through a layer in groups of at least so many rows, for which a product's packed
/// weights pay; a longer one goes alone.
constexpr int64_t kRowsTogether = 96;

std::vector<std::pair<int64_t, int64_t>> groups_of(const BatchPart& part) {
  std::vector<std::pair<int64_t, int64_t>> groups;  // sequences [first, end)
  for (int64_t s = 0; s < part.sequences();) {
    int64_t end = s + 1;
    while (end < part.sequences() && part.first_row[end] - part.first_row[s] < kRowsTogether) ++end;
    groups.emplace_back(s, end);
    s = end;
  }
  return groups;
}

void copy_rows(MatrixView<const float> from, MatrixView<float> to) {
  for (int64_t r = 0; r < from.rows; ++r) std::copy_n(from.row(r), from.cols, to.row(r));
}

void clear_rows(MatrixView<float> x) {
  for (int64_t r = 0; r < x.rows; ++r) std::fill_n(x.row(r), x.cols, 0.0f);
}

void add_rows(MatrixView<const float> x, MatrixView<float> y) {
  for (int64_t r = 0; r < x.rows; ++r) add(y.row_span(r), x.row_span(r), y.row_span(r));
}

/// The operand of fc2.
void gelu_operand(GeluKind kind, MatrixView<const float> hidden, FloatRows& operand) {
  operand.reshape(hidden.rows, hidden.cols);
  for (int64_t b = 0; b < operand.blocks(); ++b) {
    const int64_t columns = operand.columns(b);
    gelu_rows(kind, part_of(hidden, 0, hidden.rows, operand.first_column(b), columns),
              {operand.block(b), hidden.rows, columns, columns});
  }
}

}  // namespace

TrainedBlockPlaces place_block(const BlockNames& names, const TrainedBlockShape& shape,
                               ParameterLayout& layout) {
  const int64_t c = shape.hidden, f = shape.mlp;
  const std::vector<int64_t> square = {c, c}, row = {c};
  TrainedBlockPlaces places;
  places.norm1_weight = layout.add({{names.norm1 + ".weight", row}});
  places.norm1_bias = layout.add({{names.norm1 + ".bias", row}});
  places.query_key_value = layout.add({{names.query + ".weight", square},
                                       {names.key + ".weight", square},
                                       {names.value + ".weight", square}});
  if (shape.query_bias) {
    places.query_key_value_bias = layout.add(
        {{names.query + ".bias", row}, {names.key + ".bias", row}, {names.value + ".bias", row}});
  }
  places.out = layout.add({{names.out + ".weight", square}});
  places.out_bias = layout.add({{names.out + ".bias", row}});
  places.norm2_weight = layout.add({{names.norm2 + ".weight", row}});
  places.norm2_bias = layout.add({{names.norm2 + ".bias", row}});
  places.fc1 = layout.add({{names.fc1 + ".weight", {f, c}}});
  places.fc1_bias = layout.add({{names.fc1 + ".bias", {f}}});
  places.fc2 = layout.add({{names.fc2 + ".weight", {c, f}}});
  places.fc2_bias = layout.add({{names.fc2 + ".bias", row}});
  return places;
}

void drop_tokens(const DropoutMask& mask, int64_t sequence, MatrixView<float> x) {
  if (mask.p <= 0) return;
  const auto scale = static_cast<float>(mask.scale());
  for (int64_t t = 0; t < x.rows; ++t) {
    const int64_t row = token_dropout_row(sequence, t);
    for (int64_t c = 0; c < x.cols; ++c) {
      x.row(t)[c] = mask.keep(row, c) ? x.row(t)[c] * scale : 0.0f;
    }
  }
}

/// Of all rows of the part.
struct TrainedBlock::Kept {
  MatrixView<float> x, query_key_value, heads, sum1, hidden, sum2;

  Kept(const TrainedBlockShape& shape, int64_t rows, BlockActivations& a)
      : x(a.x.view(rows, shape.hidden)),
        query_key_value(a.query_key_value.view(rows, 3 * shape.hidden)),
        heads(a.heads.view(rows, shape.hidden)),
        sum1(a.sum1.view(rows, shape.hidden)),
        hidden(a.hidden.view(rows, shape.mlp)),
        sum2(shape.post_norm ? a.sum2.view(rows, shape.hidden) : MatrixView<float>{}) {}
};

struct TrainedBlock::Gradient {
  MatrixView<float> normed1, normed2;    // what the norms gave, remade
  MatrixView<float> dnormed1, dnormed2;  // and its gradient
  MatrixView<float> dout, dfc2;          // of what out and fc2 gave, before dropout
  MatrixView<float> dheads, dquery_key_value;
  MatrixView<float> gelu, dhidden;
  std::span<RowMoments> moments1, moments2;

  Gradient(const TrainedBlockShape& shape, int64_t rows, BlockWorkspace& w)
      : normed1(w.normed1.view(rows, shape.hidden)),
        normed2(w.normed2.view(rows, shape.hidden)),
        dnormed1(w.dnormed1.view(rows, shape.hidden)),
        dnormed2(w.dnormed2.view(rows, shape.hidden)),
        dout(w.dout.view(rows, shape.hidden)),
        dfc2(w.dfc2.view(rows, shape.hidden)),
        dheads(w.dheads.view(rows, shape.hidden)),
        dquery_key_value(w.dquery_key_value.view(rows, 3 * shape.hidden)),
        gelu(w.gelu.view(rows, shape.mlp)),
        dhidden(w.dhidden.view(rows, shape.mlp)) {
    w.moments1.resize(static_cast<size_t>(rows));
    w.moments2.resize(static_cast<size_t>(rows));
    moments1 = w.moments1;
    moments2 = w.moments2;
  }
};

void TrainedBlock::copy_norms(const Parameters& parameters, PackedBlock& packed) const {
  const TrainedBlockPlaces& p = places_;
  const float epsilon = shape_.layer_norm_epsilon;
  packed.norm1 = norm_at(parameters, p.norm1_weight, p.norm1_bias, epsilon);
  packed.norm2 = norm_at(parameters, p.norm2_weight, p.norm2_bias, epsilon);
}

/// By 1 / sqrt(D): the first C columns of x [., 3 C].
void TrainedBlock::scale_queries(MatrixView<float> x) const {
  const float scale = 1.0f / std::sqrt(static_cast<float>(shape_.hidden / shape_.heads));
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t c = 0; c < shape_.hidden; ++c) x.row(r)[c] *= scale;
  }
}

void TrainedBlock::pack_forward(const Parameters& parameters, int threads,
                                PackedBlock& packed) const {
  const TrainedBlockPlaces& p = places_;
  pack_for_forward(parameters.value(p.query_key_value), threads, packed.query_key_value);
  pack_for_forward(parameters.value(p.out), threads, packed.out);
  pack_for_forward(parameters.value(p.fc1), threads, packed.fc1);
  pack_for_forward(parameters.value(p.fc2), threads, packed.fc2);
  packed.query_key_value_bias = padded_bias(parameters, p.query_key_value_bias);
  packed.out_bias = padded_bias(parameters, p.out_bias);
  packed.fc1_bias = padded_bias(parameters, p.fc1_bias);
  packed.fc2_bias = padded_bias(parameters, p.fc2_bias);
  copy_norms(parameters, packed);
}

void TrainedBlock::pack_backward(const Parameters& parameters, int threads,
                                 PackedBlock& packed) const {
  const TrainedBlockPlaces& p = places_;
  pack_for_backward(parameters.value(p.query_key_value), threads, packed.query_key_value);
  pack_for_backward(parameters.value(p.out), threads, packed.out);
  pack_for_backward(parameters.value(p.fc1), threads, packed.fc1);
  pack_for_backward(parameters.value(p.fc2), threads, packed.fc2);
  copy_norms(parameters, packed);
}

AttentionRows TrainedBlock::attention_rows(const BatchPart& part, int64_t sequence,
                                           const Kept& kept) const {
  const int64_t first = part.first_row[sequence], count = part.tokens(sequence);
  const int64_t c = shape_.hidden;
  return {.query = part_of(kept.query_key_value, first, count, 0, c),
          .key = part_of(kept.query_key_value, first, count, c, c),
          .value = part_of(kept.query_key_value, first, count, 2 * c, c),
          .heads = shape_.heads,
          .mask = part.mask(shape_.attention_dropout, 3 * number_),
          .sequence = part.first_sequence + sequence};
}

/// The rows of the sequences [first, end), which are all that x has.
void TrainedBlock::drop_rows(const BatchPart& part, uint64_t place, int64_t first, int64_t end,
                             MatrixView<float> x) const {
  const DropoutMask mask = part.mask(shape_.dropout, 3 * number_ + place);
  if (mask.p <= 0) return;
  for (int64_t s = first; s < end; ++s) {
    drop_tokens(mask, part.first_sequence + s,
                rows_of(x, part.first_row[s] - part.first_row[first], part.tokens(s)));
  }
}

void TrainedBlock::forward_rows(const BatchPart& part, int64_t first, int64_t end,
                                const PackedBlock& packed, const Kept& kept,
                                BlockWorkspace::Worker& worker, MatrixView<float> y) const {
  const int64_t row = part.first_row[first], rows = part.first_row[end] - row;
  const int64_t c = shape_.hidden;
  const auto own = [&](MatrixView<float> all) { return rows_of(all, row, rows); };
  const MatrixView<float> x = own(kept.x), all = own(kept.query_key_value);
  const Epilogue ask{.bias = data_or_null(packed.query_key_value_bias)};
  in_row_chunks(rows, [&](int64_t at, int64_t count) {
    if (shape_.post_norm) {
      worker.operand.set(rows_of(x, at, count));
    } else {
      worker.operand.set(rows_of(x, at, count), packed.norm1);
    }
    multiply(worker.operand, packed.query_key_value, ask, rows_of(all, at, count));
  });
  scale_queries(all);
  for (int64_t s = first; s < end; ++s) {
    worker.attention.forward(attention_rows(part, s, kept),
                             rows_of(kept.heads, part.first_row[s], part.tokens(s)));
  }
  // sum = base + drop(input B + bias)
  const auto residual = [&](MatrixView<const float> base, uint64_t place, MatrixView<float> sum,
                            auto&& product) {
    if (part.mask(shape_.dropout, place).p <= 0) {
      copy_rows(base, sum);
      product(true);
    } else {
      product(false);
      drop_rows(part, place, first, end, sum);
      add_rows(base, sum);
    }
  };
  const MatrixView<float> sum1 = own(kept.sum1);
  residual(x, 1, sum1, [&](bool accumulate) {
    multiply_rows(own(kept.heads), packed.out,
                  {.bias = packed.out_bias.data(), .accumulate = accumulate}, worker.operand, sum1);
  });
  const MatrixView<float> hidden = own(kept.hidden);
  const LayerNorm& before = shape_.post_norm ? packed.norm1 : packed.norm2;
  in_row_chunks(rows, [&](int64_t at, int64_t count) {
    worker.operand.set(rows_of(sum1, at, count), before);
    multiply(worker.operand, packed.fc1, {.bias = packed.fc1_bias.data()},
             rows_of(hidden, at, count));
  });
  const auto feed_forward = [&](MatrixView<float> sum) {
    return [&, sum](bool accumulate) {
      in_row_chunks(rows, [&](int64_t at, int64_t count) {
        gelu_operand(shape_.gelu, rows_of(hidden, at, count), worker.gelu);
        multiply(worker.gelu, packed.fc2,
                 {.bias = packed.fc2_bias.data(), .accumulate = accumulate},
                 rows_of(sum, at, count));
      });
    };
  };
  if (!shape_.post_norm) {
    residual(sum1, 2, own(y), feed_forward(own(y)));
    return;
  }
  const MatrixView<float> base = worker.rows.view(rows, c), sum2 = own(kept.sum2);
  layer_norm(sum1, packed.norm1, base);
  residual(base, 2, sum2, feed_forward(sum2));
  layer_norm(sum2, packed.norm2, own(y));
}

void TrainedBlock::forward(const Parameters& parameters, const BatchPart& part, int threads,
                           BlockActivations& activations, BlockWorkspace& work,
                           MatrixView<float> y) const {
  pack_forward(parameters, threads, work.packed);
  work.workers.resize(std::max(work.workers.size(), static_cast<size_t>(threads)));
  const Kept kept(shape_, part.rows(), activations);
  const auto groups = groups_of(part);
  parallel_for(static_cast<int64_t>(groups.size()), threads, [&](int64_t i, int worker) {
    const auto [first, end] = groups[static_cast<size_t>(i)];
    forward_rows(part, first, end, work.packed, kept, work.workers[static_cast<size_t>(worker)], y);
  });
}

void TrainedBlock::backward_rows(const BatchPart& part, int64_t first, int64_t end,
                                 const PackedBlock& packed, const Kept& kept,
                                 const Gradient& gradient, BlockWorkspace::Worker& worker,
                                 MatrixView<float> d) const {
  const int64_t row = part.first_row[first], rows = part.first_row[end] - row;
  const auto own = [&](MatrixView<float> all) { return rows_of(all, row, rows); };
  const auto own_moments = [&](std::span<RowMoments> all) {
    return all.subspan(static_cast<size_t>(row), static_cast<size_t>(rows));
  };
  const MatrixView<float> slope = own(d), sum1 = own(kept.sum1), hidden = own(kept.hidden);
  const MatrixView<float> dnormed1 = own(gradient.dnormed1), dnormed2 = own(gradient.dnormed2);
  if (shape_.post_norm) {  // from y to the sum before its norm
    copy_rows(slope, dnormed2);
    clear_rows(slope);
    layer_norm_backward(own(kept.sum2), packed.norm2, dnormed2, slope,
                        own_moments(gradient.moments2));
  }
  const MatrixView<float> dfc2 = own(gradient.dfc2), dhidden = own(gradient.dhidden);
  copy_rows(slope, dfc2);
  drop_rows(part, 2, first, end, dfc2);
  multiply_rows(dfc2, packed.fc2, {}, worker.operand, dhidden);
  gelu_rows_backward(shape_.gelu, hidden, dhidden);
  gelu_rows(shape_.gelu, hidden, own(gradient.gelu));
  if (shape_.post_norm) {
    copy_rows(slope, dnormed1);
    multiply_rows(dhidden, packed.fc1, {.accumulate = true}, worker.operand, dnormed1);
    layer_norm(sum1, packed.norm1, own(gradient.normed1));
    clear_rows(slope);
    layer_norm_backward(sum1, packed.norm1, dnormed1, slope, own_moments(gradient.moments1));
  } else {
    multiply_rows(dhidden, packed.fc1, {}, worker.operand, dnormed2);
    layer_norm(sum1, packed.norm2, own(gradient.normed2));
    layer_norm_backward(sum1, packed.norm2, dnormed2, slope, own_moments(gradient.moments2));
  }
  const MatrixView<float> dout = own(gradient.dout), all = own(gradient.dquery_key_value);
  copy_rows(slope, dout);
  drop_rows(part, 1, first, end, dout);
  multiply_rows(dout, packed.out, {}, worker.operand, own(gradient.dheads));
  const int64_t c = shape_.hidden;
  for (int64_t s = first; s < end; ++s) {
    const auto of = [&](int64_t column) {
      return part_of(gradient.dquery_key_value, part.first_row[s], part.tokens(s), column, c);
    };
    worker.attention.backward(attention_rows(part, s, kept),
                              rows_of(gradient.dheads, part.first_row[s], part.tokens(s)),
                              {of(0), of(c), of(2 * c)});
  }
  scale_queries(all);
  if (shape_.post_norm) {
    multiply_rows(all, packed.query_key_value, {.accumulate = true}, worker.operand, slope);
    return;
  }
  multiply_rows(all, packed.query_key_value, {}, worker.operand, dnormed1);
  layer_norm(own(kept.x), packed.norm1, own(gradient.normed1));
  layer_norm_backward(own(kept.x), packed.norm1, dnormed1, slope, own_moments(gradient.moments1));
}

void TrainedBlock::add_weight_gradients(Parameters& parameters, int threads, const Kept& kept,
                                        const Gradient& gradient, WeightGradient& product) const {
  const auto add_linear = [&](MatrixView<const float> x, MatrixView<const float> dy,
                              const TensorPlace& weight, const TensorPlace& bias) {
    product.set_input(x, threads);
    product.add(dy, threads, parameters.gradient(weight), parameters.gradient_vector(bias));
  };
  const TrainedBlockPlaces& p = places_;
  const bool post = shape_.post_norm;
  add_linear(gradient.gelu, gradient.dfc2, p.fc2, p.fc2_bias);
  add_linear(post ? gradient.normed1 : gradient.normed2, gradient.dhidden, p.fc1, p.fc1_bias);
  add_linear(kept.heads, gradient.dout, p.out, p.out_bias);
  add_linear(post ? kept.x : gradient.normed1, gradient.dquery_key_value, p.query_key_value,
             p.query_key_value_bias);
  add_norm_gradient(parameters, p.norm1_weight, p.norm1_bias, post ? kept.sum1 : kept.x,
                    gradient.moments1, gradient.dnormed1, threads);
  add_norm_gradient(parameters, p.norm2_weight, p.norm2_bias, post ? kept.sum2 : kept.sum1,
                    gradient.moments2, gradient.dnormed2, threads);
}

void TrainedBlock::backward(Parameters& parameters, const BatchPart& part, int threads,
                            BlockActivations& activations, BlockWorkspace& work,
                            MatrixView<float> d) const {
  pack_backward(parameters, threads, work.packed);
  work.workers.resize(std::max(work.workers.size(), static_cast<size_t>(threads)));
  const Kept kept(shape_, part.rows(), activations);
  const Gradient gradient(shape_, part.rows(), work);
  const auto groups = groups_of(part);
  parallel_for(static_cast<int64_t>(groups.size()), threads, [&](int64_t i, int worker) {
    const auto [first, end] = groups[static_cast<size_t>(i)];
    backward_rows(part, first, end, work.packed, kept, gradient,
                  work.workers[static_cast<size_t>(worker)], d);
  });
  add_weight_gradients(parameters, threads, kept, gradient, work.weight_gradient);
}

}  // namespace puente
