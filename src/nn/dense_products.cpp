#include "nn/dense_products.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"
#include "nn/layer_norm_rows.h"
#include "tensor/multiply.h"
#include "tensor/part.h"
#include "tensor/transpose.h"

namespace puente {
namespace {

constexpr int64_t kSlice = 16;  // a cache line, and a panel: what two threads never share

/// Cuts [0, size) into slices of whole kSlice for `threads`, none longer than `most`, and calls
/// body(first, count, worker) for each.
template <class Body>
void in_slices(int64_t size, int64_t most, int threads, Body&& body) {
  const int64_t turns = (size + most * threads - 1) / (most * threads);
  const int64_t even = (size + turns * threads - 1) / (turns * threads);
  const int64_t slice = std::min((even + kSlice - 1) / kSlice * kSlice, most);
  parallel_for((size + slice - 1) / slice, threads, [&](int64_t i, int worker) {
    body(i * slice, std::min(slice, size - i * slice), worker);
  });
}

constexpr int64_t kPackedTogether = 256;

}  // namespace

void pack_for_forward(MatrixView<const float> weight, int threads, PackedMatrix& packed) {
  packed.reshape(weight.cols, weight.rows);
  in_slices(weight.rows, kPackedTogether, threads, [&](int64_t first, int64_t count, int) {
    packed.set_columns(first, rows_of(weight, first, count));
  });
}

void pack_for_backward(MatrixView<const float> weight, int threads, PackedMatrix& packed) {
  packed.reshape(weight.rows, weight.cols);
  in_slices(weight.rows, kPackedTogether, threads, [&](int64_t first, int64_t count, int) {
    packed.set_rows(first, rows_of(weight, first, count));
  });
}

void WeightGradient::set_input(MatrixView<const float> x, int threads) {
  pack_for_backward(x, threads, x_);
}

void WeightGradient::add(MatrixView<const float> dy, int threads, MatrixView<float> weight,
                         std::span<float> bias) {
  PUENTE_ASSERT(dy.rows == x_.depth() && weight.rows == dy.cols && weight.cols == x_.columns());
  PUENTE_ASSERT(bias.empty() || static_cast<int64_t>(bias.size()) >= dy.cols);
  rows_.resize(std::max(rows_.size(), static_cast<size_t>(threads)));
  in_slices(dy.cols, kMostRows, threads, [&](int64_t first, int64_t count, int worker) {
    FloatRows& rows = rows_[static_cast<size_t>(worker)];
    rows.reshape(count, dy.rows);
    for (int64_t b = 0; b < rows.blocks(); ++b) {
      const int64_t columns = rows.columns(b);
      transpose(part_of(dy, rows.first_column(b), columns, first, count),
                {rows.block(b), count, columns, columns});
    }
    multiply(rows, x_, {.accumulate = true}, rows_of(weight, first, count));
    if (!bias.empty()) add_column_sums(dy, first, count, bias);
  });
}

}  // namespace puente
