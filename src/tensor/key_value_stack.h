// KeyValueStack: keys and values of one head along a path of positions, packed once as they are put
// there. A tree of texts is walked in depth-first order: a branch puts its own positions over those
// of the branch before it, and its beginning, which they share, stays.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

#include "tensor/packed_matrix.h"

namespace puente {

class KeyValueStack {
 public:
  /// For heads of `size` (D) and paths of at most `room` positions.
  void reset(int64_t size, int64_t room);

  /// keys, values [n, D] become positions first .. first + n.
  void put(int64_t first, MatrixView<const float> keys, MatrixView<const float> values);

  /// out [n, D] = softmax(q k^T) v for the queries [n, D] of positions first .. first + n, each
  /// over the positions up to its own. Queries come scaled; out may be where they are.
  void attend(MatrixView<const float> query, int64_t first, MatrixView<float> out);

 private:
  PackedMatrix keys_;    // [D, positions]
  PackedMatrix values_;  // [positions, D]
  int64_t room_ = 0;
  AlignedVector<float> scores_;
};

}  // namespace puente
