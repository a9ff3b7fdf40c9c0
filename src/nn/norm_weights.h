// What a norm multiplies and adds, once it has brought numbers to mean 0 and variance 1.
#pragma once

#include "puente/matrix.h"

namespace puente {

/// The trainable numbers (or their gradients, or Adam's moments).
template <class T>
struct NormWeights {
  AlignedVector<T> weight;  // [C]
  AlignedVector<T> bias;    // [C]

  NormWeights() = default;
  explicit NormWeights(int64_t columns)
      : weight(static_cast<size_t>(columns)), bias(static_cast<size_t>(columns)) {}
  bool operator==(const NormWeights&) const = default;
};

}  // namespace puente
