// How alike two encodings of the same inputs are: the fp32 vectors and what int8 makes of them.
// Embeddings lie in a narrow cone, where any two have a cosine near 1, so plain cosines hide what
// was lost: everything here is measured after subtracting the mean of each encoding. What all
// vectors of an encoding have in common says nothing about an input, but mixing the two encodings
// would: how far int8's mean lies from fp32's is a measure of its own.
#pragma once

#include <cstdint>

#include "puente/matrix.h"

namespace puente {

struct Parity {
  int64_t inputs = 0;
  /// Of each input's two centred vectors. A vector equal to the mean has no direction: its cosine
  /// is 1 where both are, else 0.
  double mean_cosine = 0;
  double lowest_cosine = 0;
  /// The share of inputs whose nearest other input, by the cosine of centred vectors, is the same
  /// in both. Inputs that fp32 gives one vector count as one.
  double same_neighbour = 0;
  /// The distance of the two means, in units of the root mean square distance of fp32's vectors
  /// from their mean.
  double shift = 0;
  /// The mean cosine of two different inputs inside fp32, as they are: how narrow the cone is.
  double cone = 0;
};

/// Both [N, D], N at least 2, row i of the same input.
Parity measure_parity(MatrixView<const float> fp32, MatrixView<const float> int8, int threads);

}  // namespace puente
