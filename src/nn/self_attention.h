// Multi-head self-attention, as transformers' BERT and ViT have it: softmax(Q K^T / sqrt(D)) V per
// head, D = C / H numbers per head, dropout on the softmax, then a Linear over the heads side by
// side. The plain form, and the reference.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "puente/matrix.h"

#include "base/error.h"
#include "nn/dropout.h"
#include "nn/linear.h"

namespace puente {

template <class T>
struct SelfAttentionWeights {
  LinearWeights<T> query, key, value, output;  // [C, C] each
  bool operator==(const SelfAttentionWeights&) const = default;
};

/// Rows of several sequences one after the other, all of `tokens` rows, of which the first
/// length[s] of sequence s are real; the others are padding that nobody attends to.
struct SequenceBatch {
  int64_t tokens = 0;
  std::span<const int32_t> length;  // [S], each in [1, tokens]
  int64_t first = 0;                // number of the first sequence, for dropout

  int64_t count() const { return static_cast<int64_t>(length.size()); }
};

/// The row of the dropout mask for query q of a head. `sequence` counts from the first of all, so
/// that a part of a batch drops what the whole would, whatever it is padded to.
inline int64_t attention_dropout_row(int64_t sequence, int64_t heads, int64_t head, int64_t q) {
  constexpr int64_t kMostTokens = 1 << 12;
  return (sequence * heads + head) * kMostTokens + q;
}

template <class T>
struct SelfAttention {
  struct Saved {
    BasicMatrix<T> x, query, key, value;  // [S * tokens, C]
    BasicMatrix<T> probabilities;         // [S * H * tokens, tokens], before dropout
    BasicMatrix<T> heads;                 // [S * tokens, C], the heads side by side
  };

  /// x [S * tokens, C] -> y [S * tokens, C]
  static void forward(const SelfAttentionWeights<T>& weights, int64_t heads,
                      const SequenceBatch& batch, const DropoutMask& mask, MatrixView<const T> x,
                      BasicMatrix<T>& y, Saved& saved) {
    PUENTE_ASSERT(x.rows == batch.count() * batch.tokens && x.cols % heads == 0);
    saved.x = copy_of(x);
    Linear<T>::forward(weights.query, x, saved.query);
    Linear<T>::forward(weights.key, x, saved.key);
    Linear<T>::forward(weights.value, x, saved.value);
    saved.probabilities = BasicMatrix<T>(batch.count() * heads * batch.tokens, batch.tokens);
    saved.heads = BasicMatrix<T>(x.rows, x.cols);
    const int64_t width = x.cols / heads;
    const T scale = T(1) / std::sqrt(static_cast<T>(width));
    for (const Place& p : places(batch, heads, width)) {
      for (int64_t q = 0; q < batch.tokens; ++q) {
        const std::span<T> row = saved.probabilities.row_span(p.probability + q).first(p.length);
        for (int64_t k = 0; k < p.length; ++k) {
          row[k] = scale * dot(saved.query.row(p.row + q) + p.column,
                               saved.key.row(p.row + k) + p.column, width);
        }
        softmax(row);
        T* const out = saved.heads.row(p.row + q) + p.column;
        for (int64_t k = 0; k < p.length; ++k) {
          const T weight = row[k] * kept(mask, batch, heads, p, q, k);
          const T* const value = saved.value.row(p.row + k) + p.column;
          for (int64_t c = 0; c < width; ++c) out[c] += weight * value[c];
        }
      }
    }
    Linear<T>::forward(weights.output, saved.heads, y);
  }

  /// dy [S * tokens, C] -> gradient (overwritten), dx [S * tokens, C]; the rest as forward had it.
  static void backward(const SelfAttentionWeights<T>& weights, int64_t heads,
                       const SequenceBatch& batch, const DropoutMask& mask, const Saved& saved,
                       MatrixView<const T> dy, SelfAttentionWeights<T>& gradient,
                       BasicMatrix<T>& dx) {
    BasicMatrix<T> dheads;
    Linear<T>::backward(weights.output, saved.heads, dy, gradient.output, dheads);
    const int64_t width = dy.cols / heads;
    const T scale = T(1) / std::sqrt(static_cast<T>(width));
    BasicMatrix<T> dquery(dy.rows, dy.cols), dkey(dy.rows, dy.cols), dvalue(dy.rows, dy.cols);
    std::vector<T> dp(static_cast<size_t>(batch.tokens));
    for (const Place& p : places(batch, heads, width)) {
      for (int64_t q = 0; q < batch.tokens; ++q) {
        const T* const probability = saved.probabilities.row(p.probability + q);
        const T* const d = dheads.row(p.row + q) + p.column;
        T along = 0;  // sum of p dp: what the softmax takes off
        for (int64_t k = 0; k < p.length; ++k) {
          const T factor = kept(mask, batch, heads, p, q, k);
          const T* const value = saved.value.row(p.row + k) + p.column;
          dp[k] = factor * dot(d, value, width);
          along += probability[k] * dp[k];
          T* const dv = dvalue.row(p.row + k) + p.column;
          for (int64_t c = 0; c < width; ++c) dv[c] += probability[k] * factor * d[c];
        }
        T* const dq = dquery.row(p.row + q) + p.column;
        for (int64_t k = 0; k < p.length; ++k) {
          const T score = scale * probability[k] * (dp[k] - along);
          const T* const query = saved.query.row(p.row + q) + p.column;
          const T* const key = saved.key.row(p.row + k) + p.column;
          T* const dk = dkey.row(p.row + k) + p.column;
          for (int64_t c = 0; c < width; ++c) {
            dq[c] += score * key[c];
            dk[c] += score * query[c];
          }
        }
      }
    }
    dx = BasicMatrix<T>(dy.rows, dy.cols);
    BasicMatrix<T> part;
    const auto add = [&](const LinearWeights<T>& linear, const BasicMatrix<T>& d,
                         LinearWeights<T>& own) {
      Linear<T>::backward(linear, saved.x, d, own, part);
      for (int64_t i = 0; i < dx.size(); ++i) dx.data()[i] += part.data()[i];
    };
    add(weights.query, dquery, gradient.query);
    add(weights.key, dkey, gradient.key);
    add(weights.value, dvalue, gradient.value);
  }

 private:
  /// One head of one sequence.
  struct Place {
    int64_t sequence, head;
    int64_t row, column;  // of its first token and number
    int64_t probability;  // its first row there
    int64_t length;
  };

  static std::vector<Place> places(const SequenceBatch& batch, int64_t heads, int64_t width) {
    std::vector<Place> all;
    for (int64_t s = 0; s < batch.count(); ++s) {
      PUENTE_ASSERT(batch.length[s] >= 1 && batch.length[s] <= batch.tokens);
      for (int64_t h = 0; h < heads; ++h) {
        all.push_back(
            {s, h, s * batch.tokens, h * width, (s * heads + h) * batch.tokens, batch.length[s]});
      }
    }
    return all;
  }

  /// Dropout's factor on one probability.
  static T kept(const DropoutMask& mask, const SequenceBatch& batch, int64_t heads, const Place& p,
                int64_t q, int64_t k) {
    if (mask.p <= 0) return T(1);
    const int64_t row = attention_dropout_row(batch.first + p.sequence, heads, p.head, q);
    return mask.keep(row, k) ? static_cast<T>(mask.scale()) : T(0);
  }

  static void softmax(std::span<T> row) {
    const T largest = *std::max_element(row.begin(), row.end());
    T sum = 0;
    for (T& value : row) {
      value = std::exp(value - largest);
      sum += value;
    }
    for (T& value : row) value /= sum;
  }

  static T dot(const T* a, const T* b, int64_t n) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
  }

  static BasicMatrix<T> copy_of(MatrixView<const T> x) {
    BasicMatrix<T> copy(x.rows, x.cols);
    for (int64_t r = 0; r < x.rows; ++r) std::ranges::copy(x.row_span(r), copy.row(r));
    return copy;
  }
};

}  // namespace puente
