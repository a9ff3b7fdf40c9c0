// Dropout: zeroes each number with probability p and scales the others by 1 / (1 - p). Which ones
// is a function of (seed, step, row, column) alone, so it does not depend on who computes it, or
// when.
#pragma once

#include <cmath>
#include <cstdint>

#include "puente/matrix.h"

namespace puente {

struct DropoutMask {
  double p = 0;  // in [0, 1)
  uint64_t seed = 0;
  uint64_t step = 0;  // a different mask for every training step

  bool keep(int64_t row, int64_t column) const {
    if (p <= 0) return true;
    // SplitMix64's finaliser, once over the step and once over the place.
    const uint64_t place = (static_cast<uint64_t>(row) << 32) | static_cast<uint64_t>(column);
    const uint64_t bits = mix(mix(seed + 0x9e3779b97f4a7c15u * (step + 1)) ^ place);
    return static_cast<double>(bits >> 11) * 0x1.0p-53 >= p;
  }
  double scale() const { return 1.0 / (1.0 - p); }

 private:
  static uint64_t mix(uint64_t z) {
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
};

template <class T>
struct Dropout {
  /// x [B, C] -> y [B, C]; column c of x is column first_column + c of the mask. Linear in x: its
  /// backward is the same call on dy.
  static void apply(const DropoutMask& mask, int64_t first_column, MatrixView<const T> x,
                    BasicMatrix<T>& y) {
    y = BasicMatrix<T>(x.rows, x.cols);
    const T scale = static_cast<T>(mask.scale());
    for (int64_t r = 0; r < x.rows; ++r) {
      for (int64_t c = 0; c < x.cols; ++c) {
        y(r, c) = mask.keep(r, first_column + c) ? x.row(r)[c] * scale : T(0);
      }
    }
  }
};

}  // namespace puente
