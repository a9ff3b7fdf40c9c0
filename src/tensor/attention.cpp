#include "tensor/attention.h"

#include "base/error.h"
#include "tensor/softmax.h"

namespace puente {
namespace {

template <class T>
MatrixView<T> head_of(MatrixView<T> all, int64_t first, int64_t rows, int64_t column,
                      int64_t size) {
  return {all.row(first) + column, rows, size, all.stride};
}

}  // namespace

void attention(const AttentionInput& input, MatrixView<float> out, AttentionScratch& scratch) {
  const int64_t channels = input.query.cols;
  PUENTE_ASSERT(input.heads > 0 && channels % input.heads == 0);
  PUENTE_ASSERT(input.key.cols == channels && input.value.cols == channels && out.cols == channels);
  PUENTE_ASSERT(out.rows == input.query.rows && input.key.rows == input.value.rows);
  const int64_t size = channels / input.heads;
  for (const Sequence& s : input.sequences) {
    PUENTE_ASSERT(s.first_query >= 0 && s.first_query + s.queries <= out.rows);
    PUENTE_ASSERT(s.first_key >= 0 && s.first_key + s.keys <= input.key.rows);
    PUENTE_ASSERT(s.keys > 0 && s.queries <= s.keys);
    const int64_t stride = (s.keys + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
    scratch.scores.resize(static_cast<size_t>(s.queries * stride));
    const MatrixView<float> scores{scratch.scores.data(), s.queries, s.keys, stride};
    for (int64_t head = 0; head < input.heads; ++head) {
      const int64_t column = head * size;
      const auto query = head_of(input.query, s.first_query, s.queries, column, size);
      scratch.keys.reshape(size, s.keys);
      scratch.keys.set_columns(0, head_of(input.key, s.first_key, s.keys, column, size));
      multiply(query, scratch.keys, {}, scores, scratch.multiply);
      if (input.causal) {
        softmax(scores, s.keys - s.queries + 1, 1);
      } else {
        softmax(scores, s.keys, 0);
      }
      scratch.values.reshape(s.keys, size);
      scratch.values.set(head_of(input.value, s.first_key, s.keys, column, size));
      multiply(scores, scratch.values, {}, head_of(out, s.first_query, s.queries, column, size),
               scratch.multiply);
    }
  }
}

}  // namespace puente
