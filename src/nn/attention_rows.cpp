#include "nn/attention_rows.h"

#include <algorithm>

#include "base/error.h"
#include "nn/self_attention.h"
#include "tensor/multiply.h"
#include "tensor/part.h"
#include "tensor/softmax.h"
#include "tensor/transpose.h"

namespace puente {
namespace {

/// [rows, cols] whose rows are whole cache lines.
MatrixView<float> room_for(AlignedVector<float>& numbers, int64_t rows, int64_t cols) {
  const int64_t stride = (cols + kPanelWidth - 1) / kPanelWidth * kPanelWidth;
  const auto size = static_cast<size_t>(rows * stride);
  if (numbers.size() < size) numbers.resize(size);
  return {numbers.data(), rows, cols, stride};
}

/// Drops numbers of one head's [T, T].
void drop(const AttentionRows& rows, int64_t head, MatrixView<float> x) {
  if (rows.mask.p <= 0) return;
  const auto scale = static_cast<float>(rows.mask.scale());
  for (int64_t q = 0; q < x.rows; ++q) {
    const int64_t place = attention_dropout_row(rows.sequence, rows.heads, head, q);
    float* const row = x.row(q);
    for (int64_t k = 0; k < x.cols; ++k) row[k] = rows.mask.keep(place, k) ? row[k] * scale : 0.0f;
  }
}

float dot_of(const float* a, const float* b, int64_t n) {
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

MatrixView<float> AttentionRowsPass::probabilities(MatrixView<const float> query,
                                                   MatrixView<const float> key) {
  packed_.reshape(key.cols, key.rows);
  packed_.set_columns(0, key);
  const MatrixView<float> p = room_for(scores_, query.rows, key.rows);
  multiply(query, packed_, p);
  softmax(p, key.rows, 0);
  return p;
}

void AttentionRowsPass::forward(const AttentionRows& rows, MatrixView<float> out) {
  const int64_t t = rows.query.rows, size = rows.query.cols / rows.heads;
  PUENTE_ASSERT(out.rows == t && out.cols == rows.query.cols && size * rows.heads == out.cols);
  for (int64_t head = 0; head < rows.heads; ++head) {
    const int64_t column = head * size;
    const auto of_head = [&](auto x) { return part_of(x, 0, t, column, size); };
    const MatrixView<float> p = probabilities(of_head(rows.query), of_head(rows.key));
    drop(rows, head, p);
    packed_.reshape(t, size);
    packed_.set(of_head(rows.value));
    multiply(p, packed_, of_head(out));
  }
}

void AttentionRowsPass::backward(const AttentionRows& rows, MatrixView<const float> dout,
                                 const AttentionRowsGradient& gradient) {
  const int64_t t = rows.query.rows, size = rows.query.cols / rows.heads;
  PUENTE_ASSERT(dout.rows == t && dout.cols == rows.query.cols);
  for (int64_t head = 0; head < rows.heads; ++head) {
    const int64_t column = head * size;
    const auto of_head = [&](auto x) { return part_of(x, 0, t, column, size); };
    const MatrixView<float> p = probabilities(of_head(rows.query), of_head(rows.key));
    // dp = drop(dout V^T)
    const MatrixView<float> slope = room_for(slopes_, t, t);
    packed_.reshape(size, t);
    packed_.set_columns(0, of_head(rows.value));
    multiply(of_head(dout), packed_, slope);
    drop(rows, head, slope);
    // ds = p (dp - sum of p dp)
    for (int64_t q = 0; q < t; ++q) {
      const float along = dot_of(p.row(q), slope.row(q), t);
      for (int64_t k = 0; k < t; ++k) slope.row(q)[k] = p.row(q)[k] * (slope.row(q)[k] - along);
    }
    packed_.reshape(t, size);
    packed_.set(of_head(rows.key));
    multiply(slope, packed_, of_head(gradient.query));
    const MatrixView<float> turned = room_for(turned_, t, t);
    transpose(slope, turned);
    packed_.set(of_head(rows.query));
    multiply(turned, packed_, of_head(gradient.key));
    drop(rows, head, p);
    transpose(p, turned);
    packed_.set(of_head(dout));
    multiply(turned, packed_, of_head(gradient.value));
  }
}

}  // namespace puente
