#include "tensor/attention.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/multiply.h"
#include "tensor/softmax.h"

namespace puente {
namespace {

// Scores of so many queries are in memory at once: 56 x 272 floats for a picture of 257 tokens.
constexpr int64_t kQueries = 56;

template <class T>
MatrixView<T> head_of(MatrixView<T> all, int64_t first, int64_t rows, int64_t column,
                      int64_t size) {
  return {all.row(first) + column, rows, size, all.stride};
}

}  // namespace

void one_query_each(std::span<Sequence> sequences) {
  for (size_t i = 0; i < sequences.size(); ++i) {
    sequences[i].first_query = static_cast<int64_t>(i);
    sequences[i].queries = 1;
  }
}

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
    scratch.scores.resize(static_cast<size_t>(std::min(s.queries, kQueries) * stride));
    for (int64_t head = 0; head < input.heads; ++head) {
      const int64_t column = head * size;
      scratch.keys.reshape(size, s.keys);
      scratch.keys.set_columns(0, head_of(input.key, s.first_key, s.keys, column, size));
      scratch.values.reshape(s.keys, size);
      scratch.values.set(head_of(input.value, s.first_key, s.keys, column, size));
      for (int64_t first = 0; first < s.queries; first += kQueries) {
        const int64_t count = std::min(kQueries, s.queries - first);
        const MatrixView<float> scores{scratch.scores.data(), count, s.keys, stride};
        multiply(head_of(input.query, s.first_query + first, count, column, size), scratch.keys,
                 scores);
        if (input.causal) {
          softmax(scores, s.keys - s.queries + first + 1, 1);
        } else {
          softmax(scores, s.keys, 0);
        }
        multiply(scores, scratch.values, head_of(out, s.first_query + first, count, column, size));
      }
    }
  }
}

}  // namespace puente
