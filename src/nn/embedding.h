// Embedding: rows of a table by their numbers, as torch.nn.Embedding.
#pragma once

#include <cstdint>
#include <span>

#include "puente/matrix.h"

#include "base/error.h"

namespace puente {

template <class T>
struct Embedding {
  /// table [V, C], ids [B], each in [0, V) -> y [B, C]
  static void forward(const BasicMatrix<T>& table, std::span<const int32_t> ids,
                      BasicMatrix<T>& y) {
    y = BasicMatrix<T>(static_cast<int64_t>(ids.size()), table.cols());
    for (int64_t r = 0; r < y.rows(); ++r) {
      PUENTE_ASSERT(ids[r] >= 0 && ids[r] < table.rows());
      for (int64_t c = 0; c < y.cols(); ++c) y(r, c) = table(ids[r], c);
    }
  }

  /// dy [B, C] is added to the rows of `gradient` [V, C] that it came from: a batch touches few.
  static void backward(std::span<const int32_t> ids, MatrixView<const T> dy,
                       BasicMatrix<T>& gradient) {
    PUENTE_ASSERT(static_cast<int64_t>(ids.size()) == dy.rows && dy.cols == gradient.cols());
    for (int64_t r = 0; r < dy.rows; ++r) {
      for (int64_t c = 0; c < dy.cols; ++c) gradient(ids[r], c) += dy.row(r)[c];
    }
  }
};

}  // namespace puente
