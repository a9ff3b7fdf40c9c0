// PackedMatrix: the right operand of y = x B, rearranged once so that the multiplying loop reads it
// front to back. Used for frozen weights, for keys and values inside attention, and for one layer's
// weights at a time while they are trained.
//
// B [K, N] lies in panels of 16 columns; in a panel, row k is 16 neighbouring floats, a cache line:
//   values[(n / 16) * K * 16 + k * 16 + n % 16] = B[k, n]
// The last panel is filled up with zeros. The width is the same for every CPU, so a packed matrix
// does not depend on the instruction set.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "base/zeroed_array.h"

namespace puente {

inline constexpr int64_t kPanelWidth = 16;

class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// All zeros.
  PackedMatrix(int64_t depth, int64_t columns) { reshape(depth, columns); }

  /// A buffer for another matrix; keeps its memory. What was in it is lost.
  void reshape(int64_t depth, int64_t columns);
  /// Another shape within that of the last reshape(): numbers stay where they are, so a matrix can
  /// grow and shrink. What is shown for the first time is whatever was there.
  void show(int64_t depth, int64_t columns);

  int64_t depth() const { return depth_; }      // K
  int64_t columns() const { return columns_; }  // N
  int64_t panels() const { return (columns_ + kPanelWidth - 1) / kPanelWidth; }
  int64_t bytes() const { return static_cast<int64_t>(values_.size() * sizeof(float)); }
  /// [K][16]
  const float* panel(int64_t p) const { return values_.data() + p * panel_stride(); }
  /// From one panel to the next.
  int64_t panel_stride() const { return room_ * kPanelWidth; }

  /// Columns first .. first + rows.rows: row i of `rows` [n, K] becomes column first + i. This is
  /// how weights [out, in] and keys [T, D] come.
  void set_columns(int64_t first, MatrixView<const float> rows);
  /// The whole matrix from `b` [K, N] as it stands.
  void set(MatrixView<const float> b) { set_rows(0, b); }
  /// Rows first .. first + b.rows, from `b` [n, N].
  void set_rows(int64_t first, MatrixView<const float> b);

 private:
  float* panel(int64_t p) { return values_.data() + p * panel_stride(); }

  int64_t room_ = 0;  // depth of the last reshape()
  int64_t depth_ = 0;
  int64_t columns_ = 0;
  ZeroedArray<float> values_;
};

}  // namespace puente
