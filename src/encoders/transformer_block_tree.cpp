// A causal layer over a tree of texts.
#include <algorithm>

#include "base/error.h"
#include "encoders/transformer_block.h"
#include "tensor/part.h"

namespace puente {
void TransformerBlock::attend(const TreeQueries& asked, MatrixView<const float> key_value,
                              const TokenTree& tree, BlockBuffers& buffers,
                              MatrixView<float> attended, MatrixView<float> picked_attended) const {
  const int64_t c = shape_.hidden, size = c / shape_.heads;
  KeyValueStack& stack = buffers.stack;
  for (int64_t column = 0; column < c; column += size) {
    stack.reset(size, tree.counts().longest_text);
    int64_t p = 0;  // of picked
    for (const TreeSegment& s : tree.segments()) {
      stack.put(s.depth, part_of(key_value, s.first, s.count, column, size),
                part_of(key_value, s.first, s.count, c + column, size));
      if (asked.query.rows > 0) {
        stack.attend(part_of(asked.query, s.first, s.count, column, size), s.depth,
                     part_of(attended, s.first, s.count, column, size));
      }
      for (; p < asked.picked_query.rows; ++p) {
        const int64_t node = asked.picked[static_cast<size_t>(p)];
        if (node >= s.first + s.count) break;
        stack.attend(part_of(asked.picked_query, p, 1, column, size), s.depth + node - s.first,
                     part_of(picked_attended, p, 1, column, size));
      }
    }
  }
}

void TransformerBlock::forward(MatrixView<float> x, const TokenTree& tree,
                               std::span<const int64_t> picked, BlockBuffers& buffers,
                               MatrixView<float> y) const {
  PUENTE_ASSERT(shape_.causal && x.rows == tree.nodes());
  const int64_t c = shape_.hidden;
  const RowForms forms = usual_forms();
  const MatrixView<float> all = buffers.query_key_value.view(x.rows, 3 * c);
  const MatrixView<float> query = part_of(all, 0, x.rows, 0, c);
  const MatrixView<float> key_value = part_of(all, 0, x.rows, c, 2 * c);
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    set_normalised(part_of(x, first, count, 0, c), norm1_, forms.attention, buffers.operand);
    query_.forward(buffers.operand, Activation::none, part_of(query, first, count, 0, c));
    key_value_.forward(buffers.operand, Activation::none,
                       part_of(key_value, first, count, 0, 2 * c));
  });
  const MatrixView<float> picked_query = buffers.picked_query.view(y.rows, c);
  ask(y, buffers, picked_query);
  const MatrixView<float> attended = buffers.attended.view(x.rows, c);
  const MatrixView<float> picked_attended = buffers.picked_attended.view(y.rows, c);
  attend({query, picked_query, picked}, key_value, tree, buffers, attended, picked_attended);
  finish(attended, forms, buffers, x);
  finish(picked_attended, kFinerWay, buffers, y);
  for (int64_t i = 0; i < y.rows; ++i) {
    std::copy_n(y.row(i), c, x.row(picked[static_cast<size_t>(i)]));
  }
}

void TransformerBlock::forward(MatrixView<const float> x, std::span<const int64_t> picked,
                               const TokenTree& tree, BlockBuffers& buffers,
                               MatrixView<float> y) const {
  PUENTE_ASSERT(shape_.causal && x.rows == tree.nodes());
  PUENTE_ASSERT(y.rows == static_cast<int64_t>(picked.size()));
  const int64_t c = shape_.hidden;
  for (int64_t i = 0; i < y.rows; ++i) {
    std::copy_n(x.row(picked[static_cast<size_t>(i)]), c, y.row(i));
  }
  const MatrixView<float> query = buffers.picked_query.view(y.rows, c);
  ask(y, buffers, query);
  const MatrixView<float> key_value = buffers.query_key_value.view(x.rows, 2 * c);
  in_row_chunks(x.rows, [&](int64_t first, int64_t count) {
    set_normalised(part_of(x, first, count, 0, c), norm1_, usual_forms().attention,
                   buffers.operand);
    key_value_.forward(buffers.operand, Activation::none,
                       part_of(key_value, first, count, 0, 2 * c));
  });
  const MatrixView<float> attended = buffers.picked_attended.view(y.rows, c);
  attend({{}, query, picked}, key_value, tree, buffers, {}, attended);
  finish(attended, kFinerWay, buffers, y);
}

}  // namespace puente
