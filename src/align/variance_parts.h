// How much of the variance of vectors comes from the weights that made them and how much from what
// they were made of, over encoders with different random weights (Liang et al. 2022; equations 10
// to 13 of the paper).
#pragma once

#include <vector>

#include "puente/matrix.h"

namespace puente {

/// Of h, the vector of an input by an encoder, divided by its length; E[h | w] is the mean over the
/// inputs by the encoder with weights w, VAR a mean squared distance from the mean, all axes
/// together. total = from_weights + from_data.
struct VarianceParts {
  double total = 0;         // VAR[h], over all encoders and inputs
  double from_weights = 0;  // VAR[E[h | w]]
  double from_data = 0;     // E[VAR[h | w]]
};

class VarianceByEncoder {
 public:
  /// The vectors of the same inputs by another encoder, [N, C], N > 0.
  void add(MatrixView<const float> vectors);
  int64_t encoders() const { return encoders_; }
  /// Needs an encoder.
  VarianceParts parts() const;

 private:
  int64_t encoders_ = 0;
  std::vector<double> means_;    // [C], the sum over the encoders of E[h | w]
  double squares_of_means_ = 0;  // the sum of |E[h | w]|^2
  double squares_ = 0;           // the sum of E[|h|^2 | w]
  double variances_ = 0;         // the sum of VAR[h | w]
};

}  // namespace puente
